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

# make_stage_of_files: a copy of the stage in which no stage has its twin, in $stage.files. Each plugin has another build-id,
# as if it had been linked anew, and the pipelines that ship switch the twins off.
make_stage_of_files() {
  local copy=$stage.files file id
  rm -rf -- "$copy"
  cp -a -- "$stage" "$copy"
  id=$(mktemp)
  for file in "$copy"/lib/jailrun/plugins/*.so; do
    objcopy --dump-section ".note.gnu.build-id=$id" -- "$file"
    # The last byte of the note is the last one of the build-id.
    head -c -1 -- "$id" >"$id.other"
    tail -c 1 -- "$id" | LC_ALL=C tr '\000-\377' '\001-\377\000' >>"$id.other"
    objcopy --update-section ".note.gnu.build-id=$id.other" -- "$file"
  done
  rm -f -- "$id" "$id.other"
  sed -i '1i [jailrun]\ntwins = no' "$copy"/share/jailrun/pipelines/*.conf
}
