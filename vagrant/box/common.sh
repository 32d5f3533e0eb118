# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the builders below box/ share. Sourced by them, with `me` set to their name.

die() {
  printf '%s: %s\n' "$me" "$*" >&2
  exit 1
}

need_programs() {
  local program
  for program in "$@"; do
    command -v "$program" > /dev/null || die "$program is missing: sudo ./dev install-deps guests"
  done
}

# need_space DIRECTORY MEBIBYTES: before minutes of work end in a disk that is full.
need_space() {
  local free
  free=$(df --output=avail -BM -- "$1" | tail -n 1)
  [[ ${free//[^0-9]/} -ge $2 ]] || die "$1 has ${free//[^0-9]/} MiB free, and $2 are needed"
}

# What root boots must not be what somebody else put there.
require_own() {
  [[ -d $1 && ! -L $1 && -O $1 && -z $(find "$1" -maxdepth 0 -perm /022) ]] ||
    die "$1 must be a directory of the caller's own, not writable by others"
}

# The mirror that this host's apt uses: mirror bookworm, or mirror bookworm-security.
mirror() {
  local found
  # apt's own variables, not the shell's
  # shellcheck disable=SC2016
  found=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
    awk -v wanted="$1" '$1 == wanted { print $2; exit }')
  [[ -n $found ]] || die "the package lists do not have Debian's $1: run apt-get update"
  printf '%s\n' "${found%/}"
}

# shellcheck disable=SC2034  # for those who source this
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# make_once CACHE NAME FUNCTION: the directory CACHE/NAME, made by FUNCTION in `result`, a directory of its own, unless
# it exists. NAME holds a hash of all that goes into it, so one that exists is right.
make_once() {
  local directory=$1/$2 work
  if [[ ! -e $directory ]]; then
    work=$(mktemp -d -- "$1/.making.XXXXXX")
    # shellcheck disable=SC2064  # the path is known now, the variable is not at exit
    trap "rm -rf --one-file-system -- '$work'" EXIT
    result=$work/result
    mkdir -- "$result"
    (cd -- "$work" && "$3") >&2 || die "could not make $directory"
    # Another run may have been faster; its result is as good.
    mv -T -- "$result" "$directory" 2> /dev/null || [[ -d $directory ]] || die "could not make $directory"
    rm -rf --one-file-system -- "$work"
    trap - EXIT
  fi
  require_own "$directory"
  # What has not been used for a month is removed.
  touch -- "$directory"
  printf '%s\n' "$directory"
}
