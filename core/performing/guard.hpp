// SPDX-License-Identifier: Apache-2.0
// Rolls a launch back after the process has given up the means to do it.
//
// A plain launch execs in place. Once prepare is done the process changes its root, its namespaces and its
// credentials; if the exec then fails it can't remove what it made. The guard is a second thread, made
// between prepare and enter, that shares memory and descriptors with the first but not its file system view:
// it keeps the host's root, and, as credentials belong to threads in Linux, its privileges. It sleeps until
// the first thread exits. An exec that succeeds ends it without a trace.
#pragma once

#include "jailrun/result.hpp"

#include <functional>

namespace jailrun::core {

// It is used where the process can't come back itself: core/performing/return_ticket.hpp.

// Starts the guard. `rollback` runs in it, alone, after exit_first_thread().
Result<void> start_guard(std::function<void()> rollback);

// An exec that succeeds waits until the guard has run, and so has died: behind a busy CPU's other threads, unless
// it is a real-time one. To be called after the last cgroup was joined, which may refuse such a thread, and while
// the process has its privileges. Where it is not allowed the guard stays as it is.
void hurry_guard();

// The calling thread is the guard. Asks the kernel nothing.
bool is_guard();

// Exits the calling, first thread. The guard takes over, and exits the process with status 1 when it is done.
[[noreturn]] void exit_first_thread();

}  // namespace jailrun::core
