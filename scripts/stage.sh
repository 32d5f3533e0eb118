# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The staging directory: the build, installed where only root can write. Sourced by ./dev.
#
# As root, jailrun loads no plugin and reads no pipeline that another user could change, and checks every directory above
# them too. A clone in somebody's home directory rightly fails that check; so root runs jailrun from here.

stage="$cache/stage-$(printf %s "$root" | sha256sum | cut -c1-16)"

# If another user could write to the cache, that user could change what root runs.
require_trusted_cache() {
  local owner mode
  [[ $cache == /* ]] || die "JAILRUN_CACHE is not an absolute path: $cache"
  mkdir -p -- "$cache"
  read -r owner mode < <(stat -c '%u %a' -- "$cache")
  [[ $owner == 0 && $((8#$mode & 8#022)) -eq 0 ]] ||
    die "$cache must belong to root and not be writable by others; set JAILRUN_CACHE to use another directory"
}

# Installed beside the old one and then renamed, so that an incomplete installation is never run.
make_stage() {
  local fresh
  need_root "$verb"
  require_trusted_cache
  rm -rf -- "$stage".*
  fresh=$(mktemp -d -- "$stage.XXXXXX")
  chmod 0755 -- "$fresh"
  if ! cmake --install "$build" --prefix "$fresh" >/dev/null ||
    ! cmake --install "$build" --prefix "$fresh" --component tests >/dev/null; then
    rm -rf -- "$fresh"
    die "the build could not be installed into the staging directory"
  fi
  [[ ! -e $stage ]] || mv -T -- "$stage" "$fresh.old"
  mv -T -- "$fresh" "$stage"
  rm -rf -- "$fresh.old"
}
