# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The staging directory: what was built, installed where only root can write. Sourced by ./dev.
#
# jailrun run by root loads no plugin and reads no pipeline that another user could change, and looks at every
# directory above them too. A clone in somebody's home directory fails that, rightly; so root runs from here.

stage="$cache/stage-$(printf %s "$root" | sha256sum | cut -c1-16)"

# A cache that another user can write to would give root's trust away.
require_trusted_cache() {
  local owner mode
  [[ $cache == /* ]] || die "JAILRUN_CACHE is not an absolute path: $cache"
  mkdir -p -- "$cache"
  read -r owner mode < <(stat -c '%u %a' -- "$cache")
  [[ $owner == 0 && $((8#$mode & 8#022)) -eq 0 ]] ||
    die "$cache must be root's and not writable by others; JAILRUN_CACHE names another directory"
}

# Installed beside the old one and then renamed, so that an interrupted install is never run.
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
    die "staging failed"
  fi
  [[ ! -e $stage ]] || mv -T -- "$stage" "$fresh.old"
  mv -T -- "$fresh" "$stage"
  rm -rf -- "$fresh.old"
}
