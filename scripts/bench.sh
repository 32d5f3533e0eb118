# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bench: measures what a launch costs, next to the least possible and to other tools. Sourced by ./dev.

# bench_launches [quick] [OPTION...]: takes four minutes after the build, with quick half a minute; the options are those of
# build/bin/jailrun-bench. bench_launches record: counts, and writes the record that the tests compare with.
bench_launches() {
  local -a words=("$@")
  need_root bench
  install_deps build test bench
  configure release
  build_preset release all jailrun-bench
  make_stage
  mkdir -p -- "$build/bench"
  if [[ ${1:-} == record ]]; then
    words=(--record "$root/integration/bench/record.txt")
  else
    words+=(--json "$build/bench/$(date -u +%Y%m%dT%H%M%SZ).json")
  fi
  JAILRUN_DOCKER_PROFILE=$(scripts/docker-profile "$cache") || say "other tools are measured without Docker's profile"
  export JAILRUN_DOCKER_PROFILE
  JAILRUN_STAGE="$stage" "$build/bin/jailrun-bench" "${words[@]}"
}
