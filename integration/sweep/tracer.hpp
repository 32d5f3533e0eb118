// SPDX-License-Identifier: Apache-2.0
// Runs a launch as a debugger does, to see all its system calls or to make one of them fail.
//
// strace can do both (`inject=NAME:error=E:when=N`), but it can't say in which process: N is counted in each
// of them, and the caller's Nth openat would always fail before the Nth openat of a process that the caller
// makes. Here a call is named by process, call and N, so that each call of each process and thread has its
// turn. And an error from close is given as the kernel gives it, after the descriptor is gone.
#pragma once

#include "integration/sweep/calls.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace jailrun::integration::sweep {

// One system call of a launch: the Nth of its kind in one of its processes or threads, which are named in
// the order in which they were made, 0 being the launch itself.
struct CallSite {
  size_t task = 0;
  const Call* call = nullptr;
  size_t nth = 0;
};

struct SeenCall {
  CallSite site;
  std::vector<int> errors;  // that it can give as it was made
  bool alone;               // the launch had no other process or thread at that time
  std::string text;         // "process 1: openat#3 /proc/self/fd"
};

enum class FaultKind {
  kError,    // the call fails
  kKill,     // SIGKILL for its process, at its entry
  kKillAll,  // for all processes of the launch at the same moment, as when power is lost
};

struct Fault {
  CallSite site;
  FaultKind kind = FaultKind::kError;
  int error = 0;
};

struct TraceResult {
  int exit_status = -1;  // of the first process; -1: it died of a signal
  int signal = 0;
  std::string err;
  bool reached = false;         // the call that was to fail was made
  bool hung = false;            // and everything was killed
  pid_t program_pid = 0;        // of the process that became the program; 0: none did
  std::vector<SeenCall> calls;  // jailrun's own, where no fault was given
};

// Runs it with all its descendants to their end. The calling process must be the init of its pid namespace:
// orphans come to it, and what hangs is killed with everything else in there.
//
// Calls are counted from main's first on. Those before it, when a program of jailrun's is started, are the
// dynamic loader's, and what the jailed program does is its own affair.
TraceResult run_traced(const std::vector<std::string>& argv, const std::optional<Fault>& fault);

}  // namespace jailrun::integration::sweep
