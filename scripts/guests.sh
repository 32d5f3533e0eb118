# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# guests: runs the tests in virtual machines, one for each kind of host. Sourced by ./dev.

# Whether ./dev test runs the machines too: JAILRUN_GUESTS_IN_TESTS says yes or no; if it is not set, only in CI.
tests_run_guests() { [[ ${JAILRUN_GUESTS_IN_TESTS:-$(in_ci && say yes)} == yes ]]; }

guest_machines() { awk '/^[^#]/ { print $1 }' "$root/vagrant/qemu/machines"; }

# pack_suite FILE: what a guest gets, as one tar in which everything belongs to root.
pack_suite() {
  local file=$1 linux kernel pack
  linux=$(integration/guests/linux/build "$cache") || die "the Linux that guests boot in a jail could not be built"
  kernel=$(vagrant/box/kernel "$cache" 6.1) || die "the kernel that guests boot in a jail could not be downloaded"
  pack=$(mktemp -d -- "$cache/.pack.XXXXXX")
  chmod 0755 -- "$pack"
  mkdir -- "$pack/bin" "$pack/linux"
  ln -s -- "$linux/initramfs" "$kernel/vmlinuz" "$kernel/release" "$pack/linux/"
  cp -a -- "$stage" "$pack/stage"
  cp -- "$build/bin/jailrun-integration-tests" "$pack/bin/"
  # Unpacking is slow in a guest, and nobody debugs there.
  find "$pack/stage" "$pack/bin" -type f \( -perm /111 -o -name '*.so' \) -exec strip --strip-debug -- {} + 2> /dev/null || true
  ln -s -- "$root/vagrant" "$root/docs" "$pack/"
  cp -- "$root/scripts/gtest-counts.awk" "$pack/"
  tar --dereference --owner=0 --group=0 --numeric-owner --mode=go-w --exclude=./vagrant/.vagrant -cf "$file" -C "$pack" . ||
    die "the tests could not be packed"
  rm -rf -- "$pack"
}

# How many guests run at the same time: each keeps one core busy.
guests_at_once() {
  local cores
  cores=$(nproc)
  say "${JAILRUN_GUESTS_AT_ONCE:-$((cores < 4 ? cores : 4))}"
}

# Prints the checks and failures of one guest, without the lines of every test.
show_guest() { # machine, exit status
  local output="$results/$1/output"
  if [[ -r $output ]]; then
    grep -E '^(guest |ok |failed |    |jailrun-[a-z-]*:|==)|^[a-z0-9.-]*: [0-9]+ passed' "$output" || tail -n 20 -- "$output"
  fi
  cat -- "$results/$1.said"
}

# What is left of the time for all machines, if that is limited.
seconds_for_guest() {
  local seconds=${JAILRUN_GUEST_TIMEOUT:-1800}
  if [[ -n ${matrix_end:-} && $((matrix_end - SECONDS)) -lt $seconds ]]; then
    seconds=$((matrix_end - SECONDS))
  fi
  say $((seconds > 1 ? seconds : 1))
}

# run_matrix MACHINE...: runs several at a time, by pid in `running`, and prints each when it has finished. Their exit
# statuses are in `guest_status`.
run_matrix() {
  local machine
  declare -gA guest_status=() running=()
  for machine in "$@"; do
    while [[ ${#running[@]} -ge $(guests_at_once) ]]; do wait_for_guest; done
    JAILRUN_CACHE="$cache" JAILRUN_GUEST_TIMEOUT="$(seconds_for_guest)" JAILRUN_ACCELERATION="$guest_acceleration" \
      vagrant/qemu/run "$machine" "$results/suite.tar" "$results/$machine" \
      > "$results/$machine.said" 2>&1 &
    running[$!]=$machine
  done
  while [[ ${#running[@]} -gt 0 ]]; do wait_for_guest; done
}

# If ./dev is stopped before the guests have finished: an interrupt does not reach what runs in the background.
take_guests_down() {
  [[ -n ${running[*]:-} ]] || return 0
  kill -TERM "${!running[@]}" 2> /dev/null || true
  wait "${!running[@]}" 2> /dev/null || true
}

# Waits for the first of `running` to finish.
wait_for_guest() {
  local ended status=0 name
  wait -n -p ended "${!running[@]}" || status=$?
  name=${running[$ended]}
  unset "running[$ended]"
  guest_status[$name]=$status
  show_guest "$name"
}

# prepare_guests: packs what was built; makes root file system and kernels, once.
prepare_guests() {
  local kernel
  results="$build/guest-results"
  require_trusted_cache
  mkdir -p -- "$results"
  vagrant/box/rootfs "$cache" > /dev/null || die "the guests' root file system could not be built"
  while read -r kernel; do
    vagrant/box/kernel "$cache" "$kernel" > /dev/null || die "the guests' kernel $kernel could not be built"
  done < <(awk '/^[^#]/ { print $5 }' "$root/vagrant/qemu/machines" | sort -u)
  pack_suite "$results/suite.tar"
  kernel=$(vagrant/box/kernel "$cache" 6.1)
  # Once for all machines: if KVM boots nothing, this waits until a timeout.
  guest_acceleration=$(vagrant/qemu/accelerator "$kernel")
}

# run_guests [MACHINE...]: prints each machine's result; returns 1 if one of them failed.
run_guests() {
  local machine
  local -a machines=("$@")
  need_root guests
  [[ $# -gt 0 ]] || mapfile -t machines < <(guest_machines)
  for machine in "${machines[@]}"; do
    guest_machines | grep -Fxq -- "$machine" || die "there is no machine $machine ($(guest_machines | paste -sd' '))"
  done
  install_deps build test demo guests
  configure release -DJAILRUN_WERROR=ON
  build_preset release all jailrun-integration-tests
  make_stage
  prepare_guests
  run_matrix "${machines[@]}"
  for machine in "${machines[@]}"; do
    [[ ${guest_status[$machine]} -eq 0 ]] || return 1
  done
}

# add_sum NAME FILE: adds the line "NAME: N passed, N failed, N skipped" of FILE to the sum; returns 1 if there is none.
add_sum() {
  local p f s
  read -r p f s < <(sed -n "s|^$1: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped\$|\1 \2 \3|p" "$2" 2> /dev/null |
    tail -n 1) || return 1
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s)) added_failures=$f
}

# Part of ./dev test: runs all machines within twenty-five minutes, less than half of that on a quiet machine, and adds their
# checks and tests to the sum.
run_guest_tests() {
  local machine
  local -a machines
  say "== guests"
  install_deps guests
  mapfile -t machines < <(guest_machines)
  prepare_guests
  matrix_end=$((SECONDS + 1500))
  run_matrix "${machines[@]}"
  vagrant/qemu/check "$cache" > "$results/runner" || true
  cat -- "$results/runner"
  add_sum qemu/run "$results/runner" || problem "the runner's own test: $results/runner"
  for machine in "${machines[@]}"; do
    if ! add_sum "$machine" "$results/$machine/output"; then
      problem "guest $machine: $(tail -n 1 -- "$results/$machine.said")"
    elif [[ ${guest_status[$machine]} -ne 0 && $added_failures -eq 0 ]]; then
      problem "guest $machine: exit ${guest_status[$machine]}"
    fi
  done
}
