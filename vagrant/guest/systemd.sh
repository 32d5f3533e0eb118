# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Beside systemd: scopes, units, the shipped template, and its control groups left as they are. Sourced by guest/run.

unit_jail() { # words of a launch of busybox
  jailrun --exec-file /usr/bin/busybox --arguments none --uid 1234 --gid 1234 --device none "$@"
}
unit_words=(--exec-file /usr/bin/busybox --arguments none --uid 1234 --gid 1234 --device none)

in_a_scope() {
  local status=0
  systemd-run --quiet --scope jailrun --id scope "${unit_words[@]}" -- sh -c 'exit 7' || status=$?
  jailrun rm scope
  [[ $status -eq 7 ]]
}

in_a_transient_unit() {
  local status=0
  systemd-run --quiet --wait --collect --unit=jail-of-test jailrun --supervise --id unit "${unit_words[@]}" -- \
    sh -c 'echo hello from a unit; exit 7' || status=$?
  [[ $status -eq 7 && ! -e /srv/jailer/busybox/unit ]]
  journalctl --sync
  journalctl -u jail-of-test -o cat | grep -qx 'hello from a unit'
}

template_unit() {
  mkdir -p /etc/jailrun
  cp /usr/local/share/jailrun/host/jailrun@.service /etc/systemd/system/
  awk '{ print } /^\[drop-privs\]/ { print "uid = 1234\ngid = 1234" }
    /^\[exec\]/ { print "exec-file = /usr/bin/busybox\narguments = none" } /^\[devices\]/ { print "device = none" }' \
    /usr/local/share/jailrun/pipelines/default.conf > /etc/jailrun/web.conf
  echo 'ARGUMENTS=sh -c "echo hello from the template; exec /busybox sleep 1000"' > /etc/jailrun/web.env
  systemctl daemon-reload
}

program_of_web() { pgrep -u 1234 -f 'sleep 1000'; }

template_starts_and_stops() {
  local first second
  template_unit
  systemctl start jailrun@web
  wait_for program_of_web
  first=$(program_of_web)
  systemctl is-active --quiet jailrun@web
  [[ $(jailrun ps | awk '$1 == "web" { print $3 }') == alive ]]
  journalctl --sync
  journalctl -u jailrun@web -o cat | grep -qx 'hello from the template'
  systemctl status --no-pager jailrun@web | grep -q 'active (running)'
  systemctl restart jailrun@web
  wait_for program_of_web
  second=$(program_of_web)
  [[ $first != "$second" ]]
  systemctl stop jailrun@web
  [[ $(systemctl show -P Result jailrun@web) == success ]]
  [[ -z $(program_of_web) && ! -e /srv/jailer/busybox/web ]]
}

template_tells_a_failure() {
  template_unit
  echo 'ARGUMENTS=sh -c "exit 5"' > /etc/jailrun/web.env
  systemctl start jailrun@web || true
  wait_for unit_failed
  [[ $(systemctl show -P ExecMainStatus jailrun@web) == 5 ]]
  systemctl reset-failed jailrun@web
  [[ ! -e /srv/jailer/busybox/web ]]
}
unit_failed() { [[ $(systemctl show -P ActiveState jailrun@web) == failed ]]; }

template_cleans_up_after_its_supervisor() {
  template_unit
  systemctl start jailrun@web
  wait_for program_of_web
  systemctl kill --signal=KILL --kill-whom=main jailrun@web
  wait_for unit_failed
  [[ -z $(program_of_web) && ! -e /srv/jailer/busybox/web ]]
  systemctl reset-failed jailrun@web
}

template_leaves_anothers_jail() {
  template_unit
  jailrun --id web "${unit_words[@]}" --daemonize -- sleep 1000
  systemctl start jailrun@web || true
  wait_for unit_failed
  journalctl --sync
  journalctl -u jailrun@web -o cat | tail -n 1
  [[ -n $(program_of_web) && -e /srv/jailer/busybox/web ]]
  systemctl reset-failed jailrun@web
  jailrun rm --force web
}

wait_for() {
  local tries=0
  until "$@" > /dev/null; do
    tries=$((tries + 1))
    [[ $tries -lt 300 ]] || {
      say "timed out waiting for $*"
      return 1
    }
    sleep 0.2
  done
}

# What systemd has set stays, and what the jail has set stays when systemd goes over its own again.
groups_are_shared_with_systemd() {
  local root=/sys/fs/cgroup before after one
  before=$(cat $root/cgroup.subtree_control) slices=$(cat $root/system.slice/cgroup.subtree_control)
  jailrun --pipeline firecracker.conf --cgroup-version 2 --id groups "${unit_words[@]}" \
    --cgroup memory.max=64M --cgroup pids.max=20 --cgroup cpuset.mems=0 --daemonize -- sleep 1000
  after=" $(cat $root/cgroup.subtree_control) "
  for one in $before; do [[ $after == *" $one "* ]]; done
  systemctl daemon-reload
  systemd-run --quiet --wait --collect -p MemoryMax=50M -p TasksMax=10 true
  [[ $(cat $root/busybox/groups/memory.max) -eq $((64 << 20)) ]]
  [[ $(cat $root/busybox/groups/pids.max) -eq 20 ]]
  [[ $(cat $root/busybox/groups/cpuset.mems) == 0 ]]
  [[ $(cat $root/system.slice/cgroup.subtree_control) == "$slices" ]]
  jailrun rm --force groups
  [[ ! -e $root/busybox ]]
  [[ $(systemctl --failed --plain --no-legend) == '' ]]
}

# A unit's own group has the unit's processes: no controllers can be enabled below it, and it must not become a group that
# can only hold threads.
a_units_group_is_refused_as_parent() {
  local own sentence type
  own=$(sed -n 's/^0:://p' /proc/self/cgroup)
  type=$(cat "/sys/fs/cgroup$own/cgroup.type")
  sentence=$(jailrun --pipeline firecracker.conf --cgroup-version 2 --id refused "${unit_words[@]}" \
    --cgroup pids.max=20 --parent-cgroup "${own#/}" -- true 2>&1) && return 1
  say "$sentence"
  [[ $sentence == *"has processes of its own"* ]]
  [[ $(cat "/sys/fs/cgroup$own/cgroup.type") == "$type" && -z $(cat "/sys/fs/cgroup$own/cgroup.subtree_control") ]]
}

# What systemd gives a unit to divide, the jail's group is made in; and it ends with the unit.
jail_in_a_delegated_unit() {
  local unit=/sys/fs/cgroup/system.slice/divided.service
  # shellcheck disable=SC2016  # the unit's shell expands it
  systemd-run --quiet --collect --unit=divided -p Delegate=yes sh -c '
    group=$1; shift
    mkdir "$group/manager" && echo 0 > "$group/manager/cgroup.procs" && exec "$@"' sh "$unit" \
    jailrun --pipeline firecracker.conf --cgroup-version 2 --supervise --id divided "${unit_words[@]}" \
    --cgroup pids.max=20 --parent-cgroup "${unit#/sys/fs/cgroup/}/jails" -- sleep 1000
  wait_for has_process "$unit/jails/divided"
  [[ $(cat "$unit/jails/divided/pids.max") -eq 20 ]]
  [[ $(cat "$unit/manager/cgroup.procs") != '' && -z $(cat "$unit/cgroup.procs") ]]
  systemctl stop divided
  [[ ! -e $unit && ! -e /srv/jailer/busybox/divided ]]
}
has_process() { [[ -n $(cat "$1/cgroup.procs" 2> /dev/null) ]]; }

run_systemd_checks() {
  mkdir -p /srv/jailer
  check "systemd: a jail in a scope, its exit status passed on" in_a_scope
  check "systemd: a jail in a transient unit, its output in the journal" in_a_transient_unit
  check "systemd: jailrun@.service starts, restarts, stops and leaves nothing" template_starts_and_stops
  check "systemd: jailrun@.service tells how the program failed" template_tells_a_failure
  check "systemd: jailrun@.service whose supervisor is killed leaves nothing" template_cleans_up_after_its_supervisor
  check "systemd: jailrun@.service leaves a jail that is another's" template_leaves_anothers_jail
  [[ -e /sys/fs/cgroup/cgroup.controllers ]] || return 0
  check "systemd: groups beside systemd's, neither disturbs the other" groups_are_shared_with_systemd
  check "systemd: a jail in what a unit was delegated" jail_in_a_delegated_unit
  check "systemd: a unit's own group as parent is refused, and stays what it is" a_units_group_is_refused_as_parent
}
