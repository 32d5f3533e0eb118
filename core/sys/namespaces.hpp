// SPDX-License-Identifier: Apache-2.0
// Existing namespaces, by their files.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>

namespace jailrun::sys {

// Opens a namespace file and checks that it is a namespace of this type, a CLONE_NEW... flag of sched.h.
Result<UniqueFd> open_namespace(const std::string& path, uint32_t type);

// Moves the calling thread into it.
Result<void> join_namespace(int fd, uint32_t type);

}  // namespace jailrun::sys
