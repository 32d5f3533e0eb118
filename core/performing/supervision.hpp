// SPDX-License-Identifier: Apache-2.0
// A launch whose caller wants a parent to stay: it forwards signals, exits as the program exits, and removes
// the jail. That parent is a small program of its own that replaces this process: it may sleep for months.
#pragma once

#include "core/actions/process/filter.hpp"
#include "core/actions/process/time_limit.hpp"
#include "core/plan/jail_name.hpp"
#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <optional>
#include <string>

#include <sys/types.h>

namespace jailrun::core {

struct Supervision {
  std::string supervisor;  // its file
  std::string remover;     // the file of jailrun's program that removes the jail at the end
  std::string exit_file;   // where the report on the program's exit goes
  JailName jail;
  TimeLimitAction::Times times;  // how long the program may run
  bool has_init = false;         // the child is init, which does not stop with the program
  // Both ends of the program's own terminal, which its supervisor relays; -1: it has none. Borrowed.
  int terminal_relay = -1;
  int terminal_own = -1;
  // Where the program's filter has calls that the supervisor answers:
  struct Answers {
    UniqueFd from_program;   // the socket by which it sends its filter's listener
    UniqueFd to_supervisor;  // and the program's end
    UniqueFd noted;          // a memory file, of seccomp::NotedCalls
    uint32_t error_number = 0;
    int directory = -1;  // of the file in which the calls are noted; borrowed
    std::string learned;
  };
  std::optional<Answers> answers;
  UniqueFd caller;   // pidfd of jailrun's parent; none: the program may outlive it
  UniqueFd null;     // what its standard streams become, where it may outlive its caller
  UniqueFd signals;  // signalfd for all signals
};

// All that can fail, before the program is started. From here on signals are blocked, so that none is lost
// between this process and the supervisor that it becomes.
Result<Supervision> prepare_supervision(const JailName& jail, bool exits_with_caller);

// What it takes to answer the calls that this filter leaves to the supervisor.
Result<Supervision::Answers> prepare_answers(const FilterAction& action);

// Returns only where it failed.
Result<void> become_supervisor(const Supervision& supervision, pid_t program);

}  // namespace jailrun::core
