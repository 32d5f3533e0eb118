// SPDX-License-Identifier: Apache-2.0
// Who takes a launch back after the process has given up the means to do it.
//
// A plain launch execs in place. Past the boundary of prepare and enter the process changes its root, its
// namespaces and its credentials; if the exec then fails it can't remove what it made. The guard is a second
// thread, made at that boundary, that shares memory and descriptors with the first but not its file system
// view: it keeps the host's root, and, as credentials belong to threads in Linux, its privileges. It sleeps
// until the first thread ends. An exec that succeeds removes it without a trace.
#pragma once

#include "jailrun/result.hpp"

#include <functional>

namespace jailrun::core {

// Starts the guard. `take_back` runs in it, alone, after give_up().
Result<void> start_guard(std::function<void()> take_back);

// Ends the calling, first thread; the guard takes over, and ends the process with status 1 when it is done.
[[noreturn]] void give_up();

}  // namespace jailrun::core
