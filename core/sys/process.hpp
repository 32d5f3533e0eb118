// SPDX-License-Identifier: Apache-2.0
// Child processes, and how one process is told from a later one with the same pid.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>

#include <sys/types.h>
#include <time.h>

namespace jailrun::sys {

// How a child starts.
struct ChildOptions {
  uint64_t namespaces = 0;  // CLONE_NEW... of sched.h
  int cgroup = -1;          // an open group of version 2, in which it starts; -1: its parent's
};

// A child that shares nothing but the descriptors' open files: 0 in the child. By the raw call: no atfork
// handler runs. If the kernel can't start it in that group, options.cgroup is -1 afterwards, in both
// processes.
Result<pid_t> make_child(ChildOptions& options);

// A descriptor of a process: it does not come to mean another one. None, with errno, where there is
// no such process.
UniqueFd open_pidfd(pid_t pid);

// A clock of clock_gettime(2), in microseconds.
uint64_t microseconds(clockid_t clock);

// The clocks when this was called first: as early as possible in main.
struct StartTimes {
  uint64_t monotonic_us;
  uint64_t cpu_us;  // of this process
};
const StartTimes& start_times();

// When a process was started, in clock ticks after boot (field 22 of /proc/PID/stat, see proc(5)).
// 0: the caller.
Result<uint64_t> start_time(pid_t pid);

// For a process whose start time could not be had: a time after it, in the same ticks. Whoever has its number
// later was started later.
uint64_t ticks_now();

bool is_proc_mounted();

// What to say where `what` can't do without it.
Error no_proc(const std::string& what);

// The state letter of proc(5); 'Z' or 'X' only once all of its threads have ended, not just the first. '?':
// it exists, and there is no /proc to tell more.
char process_state(pid_t pid);

// True once all of its threads have; it may still be waited for.
bool has_exited(pid_t pid);

// True while the process with this pid and start time exists and has a thread that has not exited.
bool is_running(pid_t pid, uint64_t start);
// The same for one that was started then or before; without /proc true while any process has this pid.
bool is_running_since(pid_t pid, uint64_t latest_start);

// This boot's id, from /proc/sys/kernel/random/boot_id.
Result<std::string> boot_id();

}  // namespace jailrun::sys
