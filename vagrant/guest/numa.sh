# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Two nodes with memory: where a jailed program's memory really is. Sourced by guest/run.

numa_jails=/srv/numa-jails

# numa_jail ID OPTION...: a program that touches 32 MiB and waits; its pid in `jailed`.
numa_start() {
  local id=$1 tries=0
  shift
  # Opened for writing too, so that it never ends.
  [[ -e $work/silence ]] || mkfifo "$work/silence"
  jailrun --id "$id" --exec-file /usr/bin/busybox --arguments none --uid 1234 --gid 1234 \
    --chroot-base-dir "$numa_jails" --device none "$@" -- \
    awk 'BEGIN { text = "0123456789abcdef"; while (length(text) < 16777216) text = text text; print "ready"; fflush();
         while ((getline line) > 0) ; }' <> "$work/silence" > "$work/$id.out" 2>&1 &
  jailed=$!
  until grep -q ready "$work/$id.out" 2> /dev/null; do
    tries=$((tries + 1))
    if [[ $tries -ge 600 ]] || ! kill -0 "$jailed"; then
      say "the program did not get ready"
      return 1
    fi
    sleep 0.2
  done
}

numa_end() {
  kill -KILL "$jailed"
  wait "$jailed" || true
  jailrun rm --chroot-base-dir "$numa_jails" "$1"
}

# Pages of its own memory on a node: "N0=12 N1=4096" in the lines of heap, stack and anonymous mappings. The program's
# file is where whoever copied it has read it.
pages_on() { # node
  awk -v node="N$1" '/anon=/ && !/file=/ { for (i = 1; i <= NF; i++) if (split($i, part, "=") == 2 && part[1] == node) sum += part[2] }
    END { print sum + 0 }' "/proc/$jailed/numa_maps"
}

numa_is_on_node_1() { # id, options
  local id=$1 here there cpus
  shift
  numa_start "$id" --node 1 "$@"
  here=$(pages_on 1) there=$(pages_on 0)
  cpus=$(awk '/^Cpus_allowed_list:/ { print $2 }' "/proc/$jailed/status")
  numa_end "$id"
  say "node 1: $here pages, node 0: $there, CPUs $cpus"
  [[ $here -gt 3000 && $there -eq 0 && $cpus == "$(cat /sys/devices/system/node/node1/cpulist)" ]]
}

# Without the option the memory is where its CPU is, so that the check above could fail.
numa_is_on_node_0() {
  local here there
  numa_start plain --node 0
  here=$(pages_on 0) there=$(pages_on 1)
  numa_end plain
  say "node 0: $here pages, node 1: $there"
  [[ $here -gt 3000 && $there -eq 0 ]]
}

node_without_memory() {
  grep -l 'MemTotal: *0 kB' /sys/devices/system/node/node*/meminfo | sed 's,.*/node\([0-9]*\)/meminfo,\1,'
}

numa_without_memory() { # node
  local sentence
  sentence=$(jailrun --id none --exec-file /usr/bin/busybox --uid 1234 --gid 1234 --chroot-base-dir "$numa_jails" \
    --node "$1" -- true 2>&1) && return 1
  say "$sentence"
  [[ $sentence == *"node $1 has no memory"* ]]
}

# default.conf without the stages of cgroups: the memory policy does it.
numa_pipeline() {
  awk '/^\[/ { kept = $0 !~ /^\[cgroup-v[12]\]/ } kept' /usr/local/share/jailrun/pipelines/default.conf > "$work/policy.conf"
  chmod 644 "$work/policy.conf"
}

run_numa_checks() {
  [[ $machine == numa2 || -d /sys/devices/system/node/node1 ]] || return 0
  mkdir -p "$numa_jails"
  numa_pipeline
  check "NUMA: --node 1 by cpuset puts memory and CPUs there" numa_is_on_node_1 cpuset
  check "NUMA: --node 1 by memory policy puts memory and CPUs there" numa_is_on_node_1 policy --pipeline "$work/policy.conf"
  check "NUMA: --node 0 is the other node" numa_is_on_node_0
  # libvirt gives no machine one.
  [[ ${JAILRUN_GUEST_RUNNER:-} != qemu ]] || check "NUMA: a node without memory is refused" numa_without_memory "$(node_without_memory)"
}
