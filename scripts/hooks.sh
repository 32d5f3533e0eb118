# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# install-hooks: has git run scripts/hooks/pre-commit before each commit. Sourced by ./dev.

# What goes into the repository's hooks directory. It calls the script of the branch that is checked out, so that the hook
# never has to be installed again, and does nothing on a branch without one.
hook_text() {
  printf '%s\n' '#!/bin/sh' '# Installed by ./dev install-hooks.' \
    '[ ! -x scripts/hooks/pre-commit ] || exec scripts/hooks/pre-commit'
}

install_hooks() {
  local hooks hook
  command -v git >/dev/null || die "git is missing: apt-get install git"
  git rev-parse --git-dir >/dev/null || die "git does not read $root as a repository"
  if hooks=$(git config core.hooksPath); then
    die "core.hooksPath is set to $hooks: call scripts/hooks/pre-commit from the pre-commit hook there"
  fi
  hook=$(git rev-parse --git-path hooks)/pre-commit
  if [[ -e $hook || -L $hook ]] && ! grep -q '^# Installed by ./dev install-hooks' "$hook" 2>/dev/null; then
    die "$hook exists and is not jailrun's: call scripts/hooks/pre-commit from it, or remove it and try again"
  fi
  mkdir -p -- "${hook%/*}"
  hook_text >"$hook"
  chmod 0755 -- "$hook"
  say "git commit now checks what is staged; git commit --no-verify skips it"
}
