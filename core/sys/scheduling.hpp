// SPDX-License-Identifier: Apache-2.0
// When and where the calling thread runs, and how soon the kernel kills its process where memory is short.
// Each function that sets something needs no more than system calls of that thread; each gives what it was
// before.
#pragma once

#include "jailrun/result.hpp"

#include <cstdint>

#include <sched.h>

namespace jailrun::sys {

// See setpriority(2).
Result<int> nice_value();
Result<int> set_nice_value(int value);

// See sched_setscheduler(2).
struct Policy {
  int policy = SCHED_OTHER;
  int priority = 0;  // of a real-time policy
};
Result<Policy> set_policy(const Policy& policy);

// As ioprio_set(2) takes it: the class and the level in one number.
int io_priority(int io_class, int level);
// ENOSYS: this kernel has none.
Result<int> callers_io_priority();
Result<int> set_io_priority(int priority);

Result<cpu_set_t> set_cpus(const cpu_set_t& cpus);

// `proc`: /proc of the host, opened before. Of the calling process.
Result<int> oom_score(int proc);
Result<int> set_oom_score(int proc, int score);

}  // namespace jailrun::sys
