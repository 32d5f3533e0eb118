# shellcheck shell=bash
# guests: the suite in virtual machines, one for each kind of host. Sourced by ./dev.

guest_machines() { awk '/^[^#]/ { print $1 }' "$root/vagrant/direct/machines"; }

# pack_suite FILE: what a guest is given, as one tar that belongs to root.
pack_suite() {
  local file=$1 linux pack
  linux=$(integration/guests/linux/build "$cache") || die "the Linux that guests boot in a jail could not be made"
  pack=$(mktemp -d -- "$cache/.pack.XXXXXX")
  chmod 0755 -- "$pack"
  mkdir -- "$pack/bin"
  ln -s -- "$stage" "$pack/stage"
  ln -s -- "$linux" "$pack/linux"
  ln -s -- "$build/bin/jailrun-integration-tests" "$build/bin/jailrun-unit-tests" "$pack/bin/"
  ln -s -- "$root/vagrant" "$root/docs" "$pack/"
  cp -- "$root/scripts/gtest-counts.awk" "$pack/"
  tar --dereference --owner=0 --group=0 --numeric-owner --mode=go-w --exclude=./vagrant/.vagrant -cf "$file" -C "$pack" . ||
    die "the suite could not be packed"
  rm -rf -- "$pack"
}

# run_guests [MACHINE...]: each machine's verdict; 1 if one of them failed.
run_guests() {
  local machine result=0 results="$build/guest-results"
  local -a machines=("$@")
  need_root guests
  [[ $# -gt 0 ]] || mapfile -t machines < <(guest_machines)
  for machine in "${machines[@]}"; do
    guest_machines | grep -Fxq -- "$machine" || die "no such machine: $machine ($(guest_machines | paste -sd' '))"
  done
  install_deps build test demo guests
  configure release -DJAILRUN_WERROR=ON
  build_preset release all jailrun-unit-tests jailrun-integration-tests
  make_stage
  require_trusted_cache
  mkdir -p -- "$results"
  pack_suite "$results/suite.tar"
  for machine in "${machines[@]}"; do
    JAILRUN_CACHE="$cache" vagrant/direct/run "$machine" "$results/suite.tar" "$results/$machine" || result=1
    tail -n 30 -- "$results/$machine/output" || true
  done
  return "$result"
}
