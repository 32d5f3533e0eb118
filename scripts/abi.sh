# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# abi: prints how the interface differs from its last release, for people. Sourced by ./dev. The tests in tests/abi decide.

# report_abi: compares two builds of one plugin, as its exported object refers to every type of the interface.
report_abi() {
  local released work
  command -v abidiff >/dev/null || die "abidiff is missing: apt-get install abigail-tools"
  released=$(find tests/abi -mindepth 1 -maxdepth 1 -type d | sort -V | tail -n 1)
  [[ -n $released ]] || die "there are no frozen headers: scripts/freeze-abi makes them"
  work=$(mktemp -d)
  gcc -std=c11 -g -fPIC -shared -I"$released" tests/plugins/minimal.c -o "$work/released.so"
  gcc -std=c11 -g -fPIC -shared -Isdk/include tests/plugins/minimal.c -o "$work/today.so"
  # Its exit status does not distinguish what was appended from what was inserted.
  if abidiff "$work/released.so" "$work/today.so"; then
    say "no difference from $released"
  fi
  rm -rf -- "$work"
}
