# shellcheck shell=bash
# How a check says what came of it, and what several checks need. Sourced by guest/run.

say() { printf '%s\n' "$*"; }

# check NAME FUNCTION [ARGUMENT...]: in a shell of its own; it fails where the function does. What it printed is shown then.
check() {
  local name=$1 output begin=$SECONDS
  shift
  if output=$(set -e; "$@" 2>&1); then
    passed=$((passed + 1))
    say "ok      $name ($((SECONDS - begin)) s)"
  else
    failed=$((failed + 1))
    problems+=("$name")
    say "failed  $name ($((SECONDS - begin)) s)"
    printf '%s\n' "$output" | sed 's/^/    /'
  fi
}
