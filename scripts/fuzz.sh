# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# fuzz: runs libFuzzer on the code that reads untrusted text. Sourced by ./dev.

fuzz_targets=(command-line config ledger profile)

# How many inputs a process tries in CI: some five seconds for each target.
declare -A ci_runs=([command-line]=2500 [config]=4000 [ledger]=6000 [profile]=6000)

# Runs one target on every core. Findings are in build/fuzz/findings: each input, and the log of its run.
fuzz_target() {
  local target=$1 seconds=$2 core
  local known="$build/fuzz/corpus/$target" log
  local -a pids=() repeatable=()
  say "== $target, $seconds s"
  for ((core = 0; core < $(nproc); core++)); do
    log="$findings/$target-$core.log"
    # In CI the same inputs come in the same order each time: what fails there is found again elsewhere, and a change
    # is not refused for an old fault that only this run came upon.
    if in_ci; then
      known="$build/fuzz/corpus-ci/$target-$core"
      rm -rf -- "$known"
      repeatable=(-seed=$((core + 1)) -runs="${ci_runs[$target]}" -reload=0)
    fi
    mkdir -p -- "$known"
    # AddressSanitizer keeps freed memory for a while; by default so much that the process grows all the time.
    ASAN_OPTIONS=quarantine_size_mb=16 \
      "$build/fuzz/bin/jailrun-fuzz-$target" -max_total_time="$seconds" -dict="$build/fuzz/dictionary" \
      "${repeatable[@]}" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
      -artifact_prefix="$findings/$target-" \
      "$known" "$root/tests/fuzz/corpus/$target" >"$log" 2>&1 </dev/null &
    pids+=($!)
  done
  # Exit statuses don't matter here: what each run found is in its files.
  wait "${pids[@]}" || true
}

# A run prints at its end "stat::number_of_executed_units: 1234"; a run without that line is a finding as well.
sum_executions() {
  awk '/^stat::number_of_executed_units:/ { sum += $2 } END { print sum + 0 }' "$findings"/*.log
}

# How many inputs of a target led to a plan: "plans reached: 12". A target that reaches none tests only a parser.
sum_plans() {
  cat -- "$findings/$1"-*.log | awk '/^plans reached:/ { sum += $3 } END { print sum + 0 }'
}

# The lines that say what was found: those of libFuzzer, of the sanitizers and of this file.
fuzz_verdicts='^does not hold|^SUMMARY|^==[0-9]+==ERROR|Test unit written|^Base64:'
fuzz_verdicts+='|exited without a report|led to a plan$|executions, '

# What a process printed about the input that it kept, and the input.
show_findings() {
  local log
  for log in "$findings"/*.log; do
    grep -q '^stat::number_of_executed_units:' "$log" || say "$log: exited without a report: $(tail -n 1 -- "$log")"
    grep -E "$fuzz_verdicts" "$log" || true
  done
}

count_findings() {
  local logs reports inputs
  logs=$(find "$findings" -name '*.log' | wc -l)
  reports=$(cat -- "$findings"/*.log | grep -c '^stat::number_of_executed_units:' || true)
  inputs=$(find "$findings" -type f ! -name '*.log' | wc -l)
  say $((inputs + logs - reports))
}

# fuzz_all [SECONDS]: needs no privileges.
fuzz_all() {
  local seconds=${1:-600} target found executions plans shallow=0
  [[ $seconds =~ ^[0-9]+$ && $seconds -ge ${#fuzz_targets[@]} ]] ||
    die "fuzz: SECONDS must be a number, ${#fuzz_targets[@]} or more; it is the time for all targets together"
  install_deps build fuzz
  configure fuzz
  build_preset fuzz jailrun-fuzz-dictionary "${fuzz_targets[@]/#/jailrun-fuzz-}"
  findings="$build/fuzz/findings"
  rm -rf -- "$findings"
  mkdir -p -- "$findings"
  "$build/fuzz/bin/jailrun-fuzz-dictionary" >"$build/fuzz/dictionary"
  for target in "${fuzz_targets[@]}"; do
    fuzz_target "$target" $((seconds / ${#fuzz_targets[@]}))
    plans=$(sum_plans "$target")
    say "$target: $plans inputs led to a plan"
    [[ $plans -gt 0 ]] || shallow=1
  done
  show_findings
  executions=$(sum_executions) found=$(count_findings)
  say "$executions executions, $found findings (${findings#"$root"/})"
  [[ $executions -gt 0 && $found -eq 0 && $shallow -eq 0 ]]
}

# Part of ./dev test in CI: some 20 s, at most two minutes on a slow machine.
fuzz_in_ci() {
  local log="$build/fuzz-ci.log"
  if fuzz_all 120 2>&1 | tee -- "$log"; then
    passed=$((passed + 1))
  else
    # The findings go with CI's machine: the summary says what they were.
    problem "CI=true ./dev fuzz 120: $(grep -E "$fuzz_verdicts" "$log" | tr '\n' ';')"
  fi
}

# The unit tests with the fuzzers' sanitizers.
sanitize_unit_tests() {
  # What check-plugin finds in a plugin, symbols from outside libc and crashes, is the sanitizers' own in this build.
  local filter='-*CheckPlugin*'
  owe_summary
  install_deps build fuzz
  configure fuzz
  build_preset fuzz jailrun-unit-tests
  mkdir -p -- "$reports"
  fetch_docker_profile
  run_tests jailrun-unit-tests "$build/fuzz"
  print_summary
  [[ $failed -eq 0 && $passed -gt 0 ]]
}
