# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# install-deps: the packages of scripts/packages. Sourced by ./dev.

# The packages of one group, or of all groups where none is named.
packages_of() {
  awk -v wanted="${1:-}" '
    /^[ ]*(#|$)/ { next }
    /^\[/        { group = substr($0, 2, length($0) - 2); next }
    wanted == "" || group == wanted' "$root/scripts/packages"
}

# Of the packages named, those that dpkg does not hold whole.
missing_packages() {
  local installed
  # dpkg-query fails as soon as it does not know one name, and still prints the others.
  # shellcheck disable=SC2016  # dpkg's variables, not the shell's
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true)
  comm -13 <(awk '$1 ~ /^.i$/ { print $2 }' <<<"$installed" | sort -u) <(printf '%s\n' "$@" | sort -u)
}

apt_get() {
  # The lock: a freshly started host often runs its own apt in the background.
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# apt's hundreds of lines are shown only when they explain a failure.
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

# install_deps [GROUP...]: all groups by default. Silent and quick when nothing is missing.
install_deps() {
  local group
  local -a packages=() names=() missing=()
  for group in "${@:-}"; do
    mapfile -t names < <(packages_of "$group")
    [[ ${#names[@]} -gt 0 ]] || die "no such group of packages: $group"
    packages+=("${names[@]}")
  done
  command -v apt-get >/dev/null ||
    die "this host has no apt-get; scripts/packages lists what jailrun needs, by its Debian 12 names"
  mapfile -t missing < <(missing_packages "${packages[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0

  is_root || die "these packages are missing, and only root can install them (sudo ./dev install-deps): ${missing[*]}"
  say "installing ${missing[*]}"
  apt_get_quietly update
  apt_get_quietly install -y --no-install-recommends "${missing[@]}"
}
