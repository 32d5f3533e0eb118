// SPDX-License-Identifier: Apache-2.0
// The processes between the caller and the program, where there are any, and how they report errors
// to each other.
#pragma once

#include "core/performing/reports.hpp"
#include "core/plan/state.hpp"
#include "core/sys/process.hpp"
#include "jailrun/result.hpp"

#include <functional>

#include <sys/types.h>

namespace jailrun::core {

struct Program {
  // In the child; returns only where it failed. Told whether it was started in options.cgroup.
  std::function<Result<void>(bool is_started_in_cgroup)> become;
  std::function<Result<void>(pid_t)> announce;  // in the parent, before the child may begin
  Explain explain;
  sys::ChildOptions options;
  bool is_answered = false;  // the program waits for its supervisor's answers
  bool has_init = false;     // the process becomes init, and a child of it the program
};

// Makes the process that becomes the program, and returns its pid once its exec has succeeded. If anything
// failed, that process is gone.
Result<pid_t> start_program(const Program& program);

// execve, after all that must be done just before it, wherever this process stands. Returns only where that
// has failed, and under no filter.
ExecFailure execute(const Processes& processes, const char* path, char* const* argv,
                    char* const* environment);

// Runs `work` in a child that leads a session of its own, and returns its result. `leader_execs`: success
// means that the child became another program.
Result<void> in_new_session(const std::function<Result<void>()>& work, bool leader_execs);

}  // namespace jailrun::core
