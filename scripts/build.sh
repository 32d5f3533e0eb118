# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# build: configure and compile one preset. Sourced by ./dev.

# configure PRESET [CMAKE ARGUMENT...]
configure() {
  local preset=$1
  shift
  # cmake's progress goes to stdout and says nothing after the first time; its complaints go to stderr.
  cmake --preset "$preset" "$@" >/dev/null || die "cmake could not configure the preset $preset"
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1
  shift
  cmake --build --preset "$preset" ${1:+--target "$@"} || die "the build of the preset $preset failed"
}
