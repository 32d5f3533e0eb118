# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# AppArmor enforcing, with the profile that ships. Sourced by guest/run.

profile_is_loaded() {
  [[ $(cat /sys/module/apparmor/parameters/enabled) == Y ]]
  cp /usr/local/share/jailrun/host/apparmor/jailrun /etc/apparmor.d/jailrun
  apparmor_parser -r /etc/apparmor.d/jailrun
  grep -x 'jailrun (enforce)' /sys/kernel/security/apparmor/profiles
}

denials() { dmesg | grep 'apparmor="DENIED"' | grep 'profile="jailrun"' || true; }

confined_launch() {
  local confined status=0
  dmesg -C
  jailrun --id confined --exec-file /usr/bin/busybox --arguments none --uid 1234 --gid 1234 \
    --new-privileges --daemonize -- sleep 1000
  confined=$(cat "/proc/$(cat /srv/jailer/busybox/confined/root/busybox.pid)/attr/current")
  jailrun ps | grep confined
  jailrun rm --force confined
  jailrun --supervise --id confined --exec-file /usr/bin/busybox --arguments none --uid 1234 --gid 1234 \
    --new-privileges -- sh -c 'exit 7' || status=$?
  say "the program is confined as $confined; the supervised one exited with $status; denied:"
  denials
  [[ $confined == "jailrun//program (enforce)" && $status -eq 7 && -z $(denials) && ! -e /srv/jailer/busybox/confined ]]
}

# A base that the profile does not name: that it is refused shows that the profile is in force.
confined_elsewhere() {
  local sentence
  mkdir -p /var/jails
  sentence=$(jailrun --id elsewhere --exec-file /usr/bin/busybox --arguments none --uid 1234 --gid 1234 \
    --chroot-base-dir /var/jails -- true 2>&1) && return 1
  say "$sentence"
  [[ $sentence == *"Permission denied"* && -z $(find /var/jails -mindepth 1) ]]
}

run_apparmor_checks() {
  check "AppArmor: the profile is loaded and enforcing" profile_is_loaded
  mkdir -p /srv/jailer
  check "AppArmor: launch, ps, rm and a supervised launch are denied nothing" confined_launch
  check "AppArmor: a base that the profile does not name is refused" confined_elsewhere
  apparmor_parser -R /etc/apparmor.d/jailrun
  rm -f /etc/apparmor.d/jailrun
}
