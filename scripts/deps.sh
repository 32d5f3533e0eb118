# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# install-deps: installs the packages of scripts/packages. Sourced by ./dev.

# The packages of one group, or of all groups if none is named.
packages_of() {
  awk -v wanted="${1:-}" '
    /^[ ]*(#|$)/ { next }
    /^\[/        { group = substr($0, 2, length($0) - 2); next }
    wanted == "" || group == wanted' "$root/scripts/packages"
}

# Those of the named packages that are not completely installed.
missing_packages() {
  local installed
  # dpkg-query fails if it does not know one of the names, but prints the others nevertheless.
  # shellcheck disable=SC2016  # dpkg's variables, not the shell's
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true)
  comm -13 <(awk '$1 ~ /^.i$/ { print $2 }' <<<"$installed" | sort -u) <(printf '%s\n' "$@" | sort -u)
}

apt_get() {
  # The lock: a host that has just started often runs apt in the background.
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# apt prints hundreds of lines; they are shown only if it fails.
apt_get_quietly() {
  local log
  log=$(mktemp)
  if ! apt_get "$@" >"$log" 2>&1; then
    cat -- "$log" >&2
    rm -f -- "$log"
    die "apt-get $1 failed"
  fi
  rm -f -- "$log"
}

# install_deps [GROUP...]: all groups by default. Silent and fast if nothing is missing.
install_deps() {
  local group
  local -a packages=() names=() missing=()
  for group in "${@:-}"; do
    mapfile -t names < <(packages_of "$group")
    [[ ${#names[@]} -gt 0 ]] || die "there is no group '$group' in scripts/packages"
    packages+=("${names[@]}")
  done
  command -v apt-get >/dev/null ||
    die "this host has no apt-get; install what scripts/packages lists, by its Debian 12 names"
  mapfile -t missing < <(missing_packages "${packages[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0

  is_root || die "these packages are missing, and only root can install them (sudo ./dev install-deps): ${missing[*]}"
  say "installing ${missing[*]}"
  apt_get_quietly update
  apt_get_quietly install -y --no-install-recommends "${missing[@]}"
}
