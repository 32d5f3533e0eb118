// Child processes, and what tells one process from a later one with the same pid.
#pragma once

#include "jailrun/result.hpp"

#include <string>

#include <sys/types.h>

namespace jailrun::sys {

// A child that shares nothing but the descriptors' open files: 0 in the child. `flags` are CLONE_NEW... of
// sched.h. By the raw call: no atfork handler runs.
Result<pid_t> make_child(uint64_t flags = 0);

// When a process was started, in clock ticks after boot (field 22 of /proc/PID/stat, see proc(5)). 0: the
// caller.
Result<uint64_t> start_time(pid_t pid);

// True while the process with this pid and start time exists and has not ended; one that ended and was not
// yet waited for has.
bool is_running(pid_t pid, uint64_t start);

// This boot's id, from /proc/sys/kernel/random/boot_id.
Result<std::string> boot_id();

}  // namespace jailrun::sys
