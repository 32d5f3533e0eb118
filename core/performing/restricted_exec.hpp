// SPDX-License-Identifier: Apache-2.0
// The exec under Landlock's rules and filters. The rules come first: they forbid nothing that a failure
// needs. A filter may forbid all that is not needed for the exec: from the first one on the process makes
// these calls alone: sendmsg for the listener of one that has it, seccomp for the next filter, execve, and
// where that has failed one write, in a child, and an exit. They are those that core/stages/filter_check.cpp
// asks the filters about while planning. Nothing is allocated, no error is composed and nothing is rolled
// back here: that is for the guard, or the parent, which have no filter.
#pragma once

#include "core/plan/state.hpp"

#include <cstddef>

namespace jailrun::core {

// Enforces the rulesets, loads the filters and executes the program. Returns only after a failure under no
// filter. Under one it ends this process then, having told it to `parent`, or where that is -1 its first
// thread: see filtered_failure().
ExecFailure execute_restricted(const Processes& processes, int parent, const char* path, char* const* argv,
                               char* const* environment);

// Ends as execute_restricted() does after a failure, and makes no other calls: for a signal's handler that
// jumped out of it.
[[noreturn]] void leave_filtered(int parent, ExecFailure failure);

// For the guard: what the first thread has left; the errno is 0 where there was no such failure.
ExecFailure filtered_failure();

}  // namespace jailrun::core
