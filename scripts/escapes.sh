# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# escapes: what a hostile program reaches in the jails of each pipeline and of other tools. Sourced by ./dev.

# measure_escapes [--details]: prints the table in some seconds. JAILRUN_BENCH_JAILER names Firecracker's jailer, if
# that is to be measured too.
measure_escapes() {
  need_root escapes
  install_deps build test bench
  configure release
  build_preset release all jailrun-escapes
  make_stage
  JAILRUN_DOCKER_PROFILE=$(scripts/docker-profile "$cache") || say "other tools are measured without Docker's profile"
  export JAILRUN_DOCKER_PROFILE
  JAILRUN_STAGE="$stage" "$build/bin/jailrun-escapes" "$@"
}
