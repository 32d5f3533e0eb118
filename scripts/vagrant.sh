# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# vagrant: runs the same tests in Vagrant machines. Sourced by ./dev.

vagrant_machines() { sed -n 's/^  "\([a-z0-9]*\)" => .*/\1/p' "$root/vagrant/Vagrantfile"; }

# Vagrant's state stays in the cache, so that nothing in the clone changes. It runs in the background, so that ./dev reacts to
# signals at once; its pid is in `vagrant_running`.
vagrant_here() { # seconds, words
  local status=0
  (
    cd -- "$root/vagrant" || exit 1
    exec env VAGRANT_HOME="$cache/vagrant" VAGRANT_DOTFILE_PATH="$vagrant_work/state" VAGRANT_CHECKPOINT_DISABLE=1 \
      VAGRANT_DEFAULT_PROVIDER=libvirt JAILRUN_SUITE="$vagrant_work/suite" JAILRUN_BOX="$vagrant_box" \
      JAILRUN_KERNEL="$vagrant_kernel" JAILRUN_KVM="$vagrant_kvm" \
      timeout --foreground --kill-after=30 "$@" < /dev/null
  ) &
  vagrant_running=$!
  wait "$vagrant_running" || status=$?
  vagrant_running=
  return "$status"
}

# Starts the daemons that don't run yet; they are stopped at the end.
start_libvirt() {
  local program
  virsh -c qemu:///system version > /dev/null 2>&1 && return
  for program in virtlogd libvirtd; do
    command -v "$program" > /dev/null || die "$program is missing: sudo ./dev install-deps vagrant"
    "$program" --daemon --pid-file "$vagrant_work/$program.pid" || die "$program could not be started"
    vagrant_daemons+=("$vagrant_work/$program.pid")
  done
  timeout 30 bash -c 'until virsh -c qemu:///system version > /dev/null 2>&1; do sleep 0.5; done' ||
    die "libvirtd does not answer"
}

# libvirt enables forwarding and adds chains to the packet filter, and leaves both behind.
forwards=/proc/sys/net/ipv4/ip_forward
chains_now() { # program, table
  "$1" -w -t "$2" -S 2> /dev/null | sed -n 's/^-N \(LIBVIRT_[A-Z]*\)$/\1/p'
}
all_chains_now() {
  local program table
  for program in iptables ip6tables; do
    for table in filter nat mangle; do chains_now "$program" "$table"; done
  done
}
unhang_chains() {
  local program table chain jump
  for program in iptables ip6tables; do
    for table in filter nat mangle; do
      for chain in $(chains_now "$program" "$table"); do
        while read -r jump; do
          # shellcheck disable=SC2086  # the words of a rule
          "$program" -w -t "$table" -D $jump
        done < <("$program" -w -t "$table" -S | sed -n "s/^-A \(.* -j $chain\)\$/\1/p")
        "$program" -w -t "$table" -F "$chain" && "$program" -w -t "$table" -X "$chain"
      done
    done
  done
}

virsh_here() { virsh -q -c qemu:///system "$@" 2> /dev/null || true; }
domains_now() { virsh_here list --all --name | sort; }
networks_now() { virsh_here net-list --all --name | sort; }
pools_now() { virsh_here pool-list --all --name | sort; }
# Those of the pool that Vagrant uses, and creates if it does not exist.
volumes_now() { virsh_here vol-list default | awk '{ print $1 }' | sort; }

# new_since BEFORE NOW PATTERN: what the function NOW lists, the list BEFORE does not have, and whose name matches. Others may
# create machines in the meantime.
new_since() { comm -13 <(tr -d ' ' <<< "$1") <("$2" | tr -d ' ') | grep -xE "$3" || true; }

# Removes what Vagrant did not remove from libvirt with its machine. The box's image is named after the box.
take_libvirts_down() {
  local one image="${vagrant_box//\//-VAGRANTSLASH-}_vagrant_box_image_.*"
  # A Vagrant that was killed at the wrong moment does not know its own domains any more.
  for one in $(new_since "$vagrant_domains" domains_now 'jailrun-.*'); do
    virsh_here destroy "$one" > /dev/null
    virsh_here undefine "$one" > /dev/null
  done
  for one in $(new_since "$vagrant_volumes" volumes_now "jailrun-.*|$image"); do
    virsh_here vol-delete --pool default "$one" > /dev/null
  done
  for one in $(new_since "$vagrant_networks" networks_now vagrant-libvirt); do
    virsh_here net-destroy "$one" > /dev/null
    virsh_here net-undefine "$one" > /dev/null
  done
  for one in $(new_since "$vagrant_pools" pools_now default); do
    virsh_here pool-destroy "$one" > /dev/null
    virsh_here pool-undefine "$one" > /dev/null
  done
}

# Removes machines, then domains, volumes, networks and pools that did not exist before, then stops daemons.
take_vagrant_down() {
  local one
  [[ -n ${vagrant_work:-} ]] || return 0
  if [[ -n ${vagrant_running:-} ]]; then
    kill -TERM "$vagrant_running" 2> /dev/null || true
    wait "$vagrant_running" 2> /dev/null || true
  fi
  vagrant_here 300 vagrant destroy -f > /dev/null 2>&1 || true
  # Without the earlier lists, everything would look new.
  [[ -z $vagrant_looked ]] || take_libvirts_down
  for one in "${vagrant_daemons[@]}"; do end_daemon "$one"; done
  if [[ ${#vagrant_daemons[@]} -gt 0 ]]; then
    printf '%s\n' "$vagrant_forwarded" > "$forwards"
    [[ -n $vagrant_chains ]] || unhang_chains > /dev/null 2>&1 || true
  fi
  rm -rf --one-file-system -- "$vagrant_work"
  vagrant_work=
}

end_daemon() { # the file with its pid
  local pid
  [[ -s $1 ]] || return 0
  pid=$(< "$1")
  kill "$pid" 2> /dev/null || return 0
  timeout 20 tail --pid="$pid" -f /dev/null || true
}

# The last two lines that are not part of a Ruby backtrace, in one line.
last_said() { grep -v '^[[:space:]]' "$1" | grep . | tail -n 2 | paste -sd' '; }

# Returns the tests' own exit status; `vagrant provision` would turn every failure into 1.
run_in_machine() { # machine
  local machine=$1 status=0 results="$build/vagrant-results/$1" limit=${JAILRUN_GUEST_TIMEOUT:-1800}
  mkdir -p -- "$results"
  say "== $machine"
  vagrant_here "$limit" vagrant up "$machine" > "$results/up" 2>&1 || status=$?
  if [[ $status -eq 124 || $status -eq 137 ]]; then
    say "$machine: not up after $limit s, and ended; its last line: $(last_said "$results/up")"
  elif [[ $status -ne 0 ]]; then
    say "$machine: could not be brought up: $(last_said "$results/up")"
  fi
  [[ $status -eq 0 ]] || return 3
  vagrant_here "$limit" vagrant ssh "$machine" --no-tty -c \
    "sudo sh -c 'mkdir -p /var/lib/jailrun-suite && cd /var/lib/jailrun-suite &&
      tar -xf /var/tmp/jailrun-suite/suite.tar && JAILRUN_GUEST_TESTS=${JAILRUN_GUEST_TESTS:-} vagrant/guest/run $machine /var/lib/jailrun-suite/result'" \
    > "$results/output" 2> "$results/errors" || status=$?
  cat -- "$results/output"
  [[ $status -ne 124 && $status -ne 137 ]] || say "$machine: not done after $limit s, and ended"
  vagrant_here 300 vagrant destroy -f "$machine" > /dev/null 2>&1 || true
  say "$machine: exit $status"
  return "$status"
}

# run_vagrant [MACHINE...]: v2 by default; returns the exit status of the last failure.
run_vagrant() {
  local machine status result=0 box
  local -a machines=("${@:-v2}")
  need_root vagrant
  for machine in "${machines[@]}"; do
    vagrant_machines | grep -Fxq -- "$machine" || die "there is no machine $machine ($(vagrant_machines | paste -sd' '))"
  done
  install_deps build test demo guests vagrant
  configure release -DJAILRUN_WERROR=ON
  build_preset release all jailrun-integration-tests
  make_stage
  require_trusted_cache
  vagrant_work=$(mktemp -d -- "$cache/.vagrant.XXXXXX")
  chmod 0755 -- "$vagrant_work"
  vagrant_daemons=() vagrant_networks='' vagrant_volumes='' vagrant_pools='' vagrant_domains='' vagrant_looked=''
  vagrant_box=${JAILRUN_BOX:-} vagrant_kernel='' vagrant_kvm=0
  mkdir -p -- "$vagrant_work/suite"
  pack_suite "$vagrant_work/suite/suite.tar"
  vagrant_forwarded=$(< "$forwards") vagrant_chains=$(all_chains_now)
  start_libvirt
  vagrant_networks=$(networks_now) vagrant_volumes=$(volumes_now) vagrant_pools=$(pools_now) vagrant_domains=$(domains_now)
  vagrant_looked=yes
  vagrant_kernel=$(vagrant/box/kernel "$cache" 6.1)
  [[ $(vagrant/qemu/accelerator "$vagrant_kernel") != kvm ]] || vagrant_kvm=1
  if [[ -z $vagrant_box ]]; then
    box=$(vagrant/box/build "$cache")
    vagrant_box=$(< "$box/name")
    vagrant_here 600 vagrant box list > "$vagrant_work/boxes" || die "Vagrant could not list its boxes"
    grep -q "^$vagrant_box " "$vagrant_work/boxes" ||
      vagrant_here 600 vagrant box add --name "$vagrant_box" "$box/guest.box" > /dev/null ||
      die "Vagrant could not add the box"
  else
    vagrant_kernel=
  fi
  for machine in "${machines[@]}"; do
    status=0
    run_in_machine "$machine" || status=$?
    [[ $status -eq 0 ]] || result=$status
  done
  take_vagrant_down
  return "$result"
}
