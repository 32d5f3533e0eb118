// SPDX-License-Identifier: Apache-2.0
// What the kernel passes on from a process to what it executes and forks, besides descriptors, signals and
// ids: see execve(2). Taken from the program where it would give it more than a process of its user has. What
// takes from it (nice, a batch or idle policy, CPU affinity, limits, the OOM score) is how callers restrict a
// launch, and stays: SECURITY.md has the list.
#pragma once

#include "jailrun/result.hpp"

namespace jailrun::sys {

// The timers of setitimer(2): their signal, which the caller armed for itself, would end the launch or the
// program. The exec removes those of timer_create(2).
void stop_timers();

// In the process that becomes the program, with its launcher's privileges, before anything else is done to
// it: a session keyring of its own, no personality, no securebits but locked ones, no real-time policy or I/O
// class.
Result<void> reset_attributes();

}  // namespace jailrun::sys
