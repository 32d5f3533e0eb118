# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# test: runs every GTest program and prints their sum in the last line. Sourced by ./dev.

passed=0 failed=0 skipped=0
problems=()
reports="$build/test-reports"

# Long enough for the slowest machine: only a test that hangs reaches it.
time_limit="${JAILRUN_TEST_TIMEOUT:-1800}"

# run_tests NAME [BUILD [HOW]]: runs bin/NAME in the release's build directory, or in another, and adds its numbers. They
# come from the report that GTest writes after its last test. A program that crashes, hangs or exits early writes none, and
# that counts as a failure: it must never look like success. HOW tells two runs of one program apart.
run_tests() {
  local name=$1 of=${2:-$build} how=${3:-} status=0 counts p f s
  local report="$reports/${of##*/}-$name${how:+-${how// /-}}.xml"
  say "== $name${2:+ in ${of#"$root"/}}${how:+, $how}"
  rm -f -- "$report"
  # GTEST_* variables of the caller could silently leave tests out; so only the filter given to ./dev counts.
  # In the foreground, as otherwise a test could not read from the terminal, and Ctrl-C would not reach it.
  env -u GTEST_FILTER -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX -u GTEST_REPEAT -u GTEST_FAIL_FAST \
    -u GTEST_ALSO_RUN_DISABLED_TESTS -u GTEST_BRIEF -u GTEST_OUTPUT \
    timeout --foreground --kill-after=10 "$time_limit" \
    "$of/bin/$name" --gtest_output="xml:$report" --gtest_filter="$filter" </dev/null || status=$?

  if ! counts=$(awk -f "$root/scripts/gtest-counts.awk" "$report" 2>/dev/null); then
    problem "$name exited without a report ($(meaning_of "$status"))"
    return
  fi
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [[ $status -ne 0 && $f -eq 0 ]]; then
    problem "$name reported no failure, but $(meaning_of "$status")"
  elif [[ $((p + f + s)) -eq 0 && $filter == '*' ]]; then
    problem "$name has no tests"
  fi
}

# A failure that no test reported.
problem() {
  failed=$((failed + 1))
  problems+=("$1")
}

meaning_of() {
  if [[ $1 -eq 124 || $1 -eq 137 ]]; then
    say "killed, or not finished after $time_limit s"
  elif [[ $1 -gt 128 ]]; then
    say "signal $(kill -l "$1" 2>/dev/null || say "$(($1 - 128))")"
  else
    say "exit status $1"
  fi
}

# However ./dev test ends, be it by a failed build or a missing package, its last line is the sum.
owe_summary() {
  summary_owed=yes
  rm -rf -- "$reports"
}

conclude_tests() {
  [[ -n ${summary_owed:-} ]] || return 0
  problem "not all tests were run: see above"
  print_summary
}

# Repeats what failed and what was skipped, so that nobody has to scroll for it.
print_summary() {
  local report line
  say "=="
  for report in "$reports"/*.xml; do
    [[ ! -e $report ]] || awk -v list=1 -f "$root/scripts/gtest-counts.awk" "$report" || true
  done
  for line in "${problems[@]}"; do
    say "failed:  $line"
  done
  summary_owed=
  say "$passed passed, $failed failed, $skipped skipped"
}

# The integration tests once more, with every stage loaded from its file. Left out is what takes minutes, what is about
# files and commands rather than launches, and what tells how often a launch calls execve or has a section [jailrun] of its
# own.
test_stages_from_files() {
  local left_out='SweepTest*:*InterruptionBySignal*:HostileTest*:SwapperTest*:ClaimRace*:*VolumeStress*:Speed*:Footprint*'
  left_out+=':AuthorDocs*:*NewStage*:*CheckPlugin*:Hook*:Package*:Docs*:Pages*:GoSdk*:Twins*:Stages.AreDescribed*'
  left_out+=':At/KilledLaunchTest.*/TheExec:*Test.APipelineFileMayAskForIt:*Test.ThePipelineCanAskForIt'
  [[ $filter == *-* ]] || local filter="$filter-$left_out"
  make_stage_of_files
  JAILRUN_STAGE="$stage.files" run_tests jailrun-integration-tests "$build" "stages from files"
  rm -rf -- "$stage.files"
}

# Docker's own profile of system calls, which a unit test compares ours with. Without it that test is skipped, but not in CI.
fetch_docker_profile() {
  local place=$cache
  is_root || place=$build/downloads
  JAILRUN_DOCKER_PROFILE=$(scripts/docker-profile "$place") || ! in_ci || problem "Docker's own profile could not be fetched"
  export JAILRUN_DOCKER_PROFILE
}

# run_all_tests [GTEST FILTER]: with JAILRUN_TWINS=no, the integration tests are run with stages from files, and only so; CI
# runs them both ways.
run_all_tests() {
  filter=${1:-*}
  mkdir -p -- "$reports"
  fetch_docker_profile
  run_tests jailrun-unit-tests
  run_tests jailrun-fuzz-replay
  [[ $filter != '*' ]] || ! in_ci || fuzz_in_ci
  if is_root; then
    make_stage
    export JAILRUN_STAGE="$stage"
    JAILRUN_CLEAN_ROOT=$(integration/package/build "$cache") || problem "the clean root could not be made"
    export JAILRUN_CLEAN_ROOT
    [[ ${JAILRUN_TWINS:-} == no ]] || run_tests jailrun-integration-tests
    if [[ ${JAILRUN_TWINS:-} == no ]] || { in_ci && [[ $filter == '*' ]]; }; then test_stages_from_files; fi
    [[ $filter != '*' ]] || ! tests_run_guests || run_guest_tests
  elif in_ci; then
    problem "the integration tests need root, and CI must run them"
  else
    skipped=$((skipped + 1))
    say "skipped: the integration tests need root (sudo ./dev test)"
  fi
  # The fast steps of ./dev lint: seconds, and no compiler.
  lint_quick || problem "lint"
  print_summary
  [[ $failed -eq 0 && $((passed + skipped)) -gt 0 ]]
}
