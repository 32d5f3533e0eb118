# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lint: finds what no reader should have to look for. Sourced by ./dev and by scripts/hooks/pre-commit.

# The repository's own files that match a find expression; of these only the ones that the file `lint_only` lists, if it is
# set. Without git, which refuses to read a user's clone under sudo.
sources() {
  find . \( -path ./.git -o -path ./build -o -path ./.cache -o -path ./.vagrant \) -prune -o -type f \( "$@" \) -print |
    sort | if [[ -n ${lint_only:-} ]]; then grep -Fxf "$lint_only" || true; else cat; fi
}

# step NAME FUNCTION: runs one check. All of them run, so that one go shows everything there is to fix.
step() {
  local output
  if output=$("$2" 2>&1); then
    [[ -n ${lint_only:-} ]] || say "lint: $1: ok"
  else
    say "lint: $1: failed"
    printf '%s\n' "$output"
    return 1
  fi
}

# Go's and make's own formats want tabs; data/ and corpus/ hold inputs, bad ones too.
lint_whitespace() {
  local found
  found=$(sources ! -path '*/data/*' ! -path '*/corpus/*' ! -name '*.go' ! -name 'go.*' ! -name Makefile ! -name '*.png' |
    xargs -r -d '\n' grep -nIP '\t|\r|[ ]+$' /dev/null || true)
  [[ -z $found ]] || {
    printf '%s\n' "$found" | sed 's/$/   <- tab, carriage return or trailing space/'
    return 1
  }
}

# Frozen headers stay as they were released.
lint_format() {
  sources \( -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.hpp' \) ! -path './tests/abi/[0-9]*' |
    xargs -r -d '\n' clang-format-14 --dry-run -Werror
}

# A file that is only sourced has no first line of its own; it is checked as part of the script that sources it.
lint_shell() {
  local file
  sources ! -path '*/data/*' | while read -r file; do
    if head -c 40 -- "$file" | head -n 1 | grep -qaE '^#!.*\b(ba|da)?sh\b'; then
      say "$file"
    fi
  done | xargs -r -d '\n' shellcheck --external-sources --check-sourced --source-path=SCRIPTDIR
}

# Takes minutes, so a file that was clean and has not changed since is not checked again: see scripts/tidy-one.
lint_tidy() {
  local database="$build/compile_commands.json"
  [[ -e $database ]] || die "no $database"
  mkdir -p -- "$build/lint"
  sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$database" | grep -E "^$root/(core|plugins|sdk)/" | sort -u |
    xargs -r -d '\n' -n 1 -P "$(nproc)" "$root/scripts/tidy-one" "$root" "$build"
}

# Plain English, in messages first of all: "is not a regular file". The script that has the words is not looked at.
lint_wording() {
  local found
  found=$(sources ! -path './tests/abi/[0-9]*' ! -path '*/data/*' ! -path '*/corpus/*' ! -path ./scripts/lint.sh |
    xargs -r -d '\n' grep -nIP '(?<!there )(?<!There )\b(is|are|was|were) no (?!(longer|other|more|such|later|further)\b)[a-z]' \
      /dev/null || true)
  [[ -z $found ]] || {
    printf '%s\n' "$found" | sed 's/$/   <- "is not a ..."/'
    return 1
  }
}

# The rooms of core/ include each other as core/LAYERS says.
lint_layers() { scripts/check-layers; }

# The pages refer only to files and headings that exist.
lint_links() { scripts/check-links; }

lint_quick() {
  local result=0
  step whitespace lint_whitespace || result=1
  step format lint_format || result=1
  step shell lint_shell || result=1
  step layers lint_layers || result=1
  step links lint_links || result=1
  step wording lint_wording || result=1
  return "$result"
}

lint_all() {
  local result=0
  lint_quick || result=1
  step tidy lint_tidy || result=1
  return "$result"
}
