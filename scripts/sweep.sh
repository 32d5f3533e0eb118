# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# sweep: makes every system call of a launch fail in turn. Sourced by ./dev.

# sweep_launches [OPTION...]: about ten thousand faults in a few minutes; the options are those of build/bin/jailrun-sweep.
sweep_launches() {
  need_root sweep
  install_deps build test
  configure release
  build_preset release all jailrun-sweep
  make_stage
  JAILRUN_STAGE="$stage" "$build/bin/jailrun-sweep" "$@"
}
