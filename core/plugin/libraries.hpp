// SPDX-License-Identifier: Apache-2.0
// Which other files the dynamic loader would load with a plugin.
#pragma once

#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core {

// Refuses a plugin that chooses where its libraries come from: by RPATH or RUNPATH, or by a path as a
// library's name. Trust ends at the plugin's own file: whoever can write in such a directory, or make it,
// would run code as root in each launch, before anything could look at it. Libraries of the system's own
// directories are as trusted as the libc that runs already. `path` is for the error.
Result<void> check_libraries(int fd, const std::string& path);

}  // namespace jailrun::core
