// SPDX-License-Identifier: Apache-2.0
#include "core/performing/restricted_exec.hpp"

#include "core/performing/guard.hpp"
#include "core/performing/reports.hpp"
#include "core/seccomp/exec_once.hpp"
#include "core/sys/landlock.hpp"
#include "core/sys/listeners.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

ExecFailure failure_left;  // to the guard, by the thread that exits

// To a parent, or to a guard that is a process: see held_size().
char held_text[kLongestHeld];

}  // namespace

void leave_filtered(int parent, ExecFailure failure) {
  if (parent < 0) {
    failure_left = failure;
    exit_first_thread();
  }
  held_text[0] = kFilteredFailure;
  memcpy(held_text + 1, &failure, sizeof failure);
  const size_t held = held_size();
  const size_t size = held != 0 ? held : kFilteredFailureSize;
  // Again where that failed: nothing more would mean that the exec has succeeded.
  for (int tries = 0; tries < 3 && write(parent, held_text, size) < 0; ++tries) continue;
  _exit(1);
}

ExecFailure execute_restricted(const Processes& processes, int parent, const char* path, char* const* argv,
                               char* const* environment) {
  const std::vector<int>& rulesets = processes.rulesets;
  const std::vector<sys::Filter>& filters = processes.filters;
  ExecFailure failure;
  failure.is_labelled = processes.is_labelled;
  for (size_t i = 0; i < rulesets.size(); ++i) {
    if (!sys::restrict_thread(rulesets[i])) return {errno, -1, static_cast<int32_t>(i)};
    failure.is_landlocked = true;
  }
  const auto& key = processes.exec_key;
  for (size_t i = 0; i < filters.size(); ++i) {
    const bool is_answered = static_cast<int>(i) == processes.listener;
    const int listener = is_answered ? sys::load_filter_with_listener(filters[i]) : -1;
    const bool is_loaded = is_answered ? listener >= 0 : sys::load_filter(filters[i]);
    if (is_loaded && !is_answered) continue;
    // The exec closes it, so the program never has it.
    if (is_loaded && sys::send_descriptor(processes.to_supervisor.get(), listener, key[0], key[1])) continue;
    failure.is_listener = is_loaded;
    failure.error_number = errno;
    failure.filter = static_cast<int32_t>(i);
    if (i == 0 && !is_loaded) return failure;
    leave_filtered(parent, failure);
  }
  static_assert(seccomp::kExecKeyArgument == 4);
  syscall(SYS_execve, path, argv, environment, 0UL, key[0], key[1]);
  failure.error_number = errno;
  if (filters.empty()) return failure;
  leave_filtered(parent, failure);
}

ExecFailure filtered_failure() { return failure_left; }

}  // namespace jailrun::core
