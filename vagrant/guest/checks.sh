# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# How a check reports its result, and what several checks need. Sourced by guest/run.

say() { printf '%s\n' "$*"; }

# check NAME FUNCTION [ARGUMENT...]: in a shell of its own that ends at the first command that fails, and so does the
# check. What it printed is shown then.
check() {
  local name=$1 output status begin=$SECONDS
  shift
  # Not as a condition: there bash goes on after a failed command.
  output=$(
    set -eE
    exec 2>&1
    trap 'say "this failed: $BASH_COMMAND" >&2' ERR
    "$@"
  )
  status=$?
  if [[ $status -eq 0 ]]; then
    passed=$((passed + 1))
    say "ok      $name ($((SECONDS - begin)) s)"
  else
    failed=$((failed + 1))
    problems+=("$name")
    say "failed  $name ($((SECONDS - begin)) s)"
    printf '%s\n' "$output" | sed 's/^/    /'
  fi
}
