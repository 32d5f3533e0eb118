// SPDX-License-Identifier: Apache-2.0
// Locks (flock) that have a time limit and say who holds them. Only files and directories that others can't
// open may be locked: whoever can open one for reading can hold its lock for ever.
#pragma once

#include "jailrun/result.hpp"

#include <string>

namespace jailrun::sys {

// Locks what is open as `fd` exclusively, and waits for that at most so long; false: another process still
// holds the lock. `what` is for the error.
Result<bool> lock(int fd, int milliseconds, const std::string& what);

// ", by process N", as far as the kernel tells who holds the lock on that file.
std::string lock_holder(int fd);

}  // namespace jailrun::sys
