# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# build: configures and compiles one preset. Sourced by ./dev.

# configure PRESET [CMAKE ARGUMENT...]
configure() {
  local preset=$1
  shift
  # cmake prints its progress to stdout, where it is of no use after the first time, and errors to stderr.
  cmake --preset "$preset" "$@" >/dev/null || die "cmake could not configure the preset $preset"
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1
  shift
  cmake --build --preset "$preset" ${1:+--target "$@"} || die "the build of the preset $preset failed"
}
