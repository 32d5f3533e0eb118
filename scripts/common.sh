# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What every command needs: where things are, how to print, who owns what. Sourced by ./dev, which sets `root`.

build="$root/build"

# Outside the clone, so that it belongs to root whoever made the clone, and survives `rm -rf build`.
# shellcheck disable=SC2034  # unused in the pre-commit hook
cache="${JAILRUN_CACHE:-/var/cache/jailrun}"

say() { printf '%s\n' "$*"; }

die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

is_root() { [[ $EUID -eq 0 ]]; }

in_ci() { [[ ${CI:-} == true || ${CI:-} == 1 ]]; }

need_root() { is_root || die "$1 needs root: sudo ./dev $1"; }

# With sudo in a user's clone, the build belongs to root until here; afterwards the user continues without sudo.
give_build_back() {
  local owner
  is_root && [[ -d $build ]] || return 0
  owner=$(stat -c '%u:%g' -- "$root")
  [[ $owner == 0:* ]] || chown -R --no-dereference --from=0 -- "$owner" "$build"
}
