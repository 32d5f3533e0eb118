# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The GTest programs in a guest. Sourced by guest/run.

# The modules that are loaded on a host where an administrator uses jailrun.
load_modules() {
  local module
  for module in tun loop dm_mod dm_snapshot xfs btrfs overlay; do
    modprobe "$module" || say "the module $module does not load"
  done
  modprobe kvm_amd 2> /dev/null || modprobe kvm_intel 2> /dev/null || say "no module for KVM loads"
}

# Moves to the hierarchies' roots: a service's own group has processes, so it can't enable version 2 controllers for
# child groups.
leave_own_groups() {
  local root
  while read -r root; do
    echo "$BASHPID" > "$root/cgroup.procs" || return 1
  done < <(awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts)
}

run_gtest() { # program, filter
  local name=$1 filter=$2 status=0 counts p f s report=$result/reports/$1.xml begin=$SECONDS
  mkdir -p -- "$result/reports"
  (
    leave_own_groups || exit 1
    exec timeout --foreground --kill-after=10 "${test_limit:-1500}" "$suite/bin/$name" --gtest_brief=1 \
      --gtest_output="xml:$report" --gtest_filter="$filter"
  ) < /dev/null || status=$?
  if ! counts=$(awk -f "$suite/gtest-counts.awk" "$report" 2> /dev/null); then
    failed=$((failed + 1))
    problems+=("$name exited without a report (exit status $status)")
    return
  fi
  read -r p f s <<< "$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  awk -v list=1 -f "$suite/gtest-counts.awk" "$report"
  mapfile -t -O "${#problems[@]}" problems < <(awk -v list=1 -f "$suite/gtest-counts.awk" "$report" |
    sed -n 's/^failed:  //p')
  if [[ $status -ne 0 && $f -eq 0 ]] || [[ $((p + f)) -eq 0 ]]; then
    failed=$((failed + 1))
    problems+=("$name: exit status $status, $p passed, $f failed")
  fi
  say "$name: $p passed, $f failed, $s skipped in $((SECONDS - begin)) s"
}

run_integration_tests() { run_gtest jailrun-integration-tests "$(tests_of_machine)"; }
