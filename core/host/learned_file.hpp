// SPDX-License-Identifier: Apache-2.0
// The file in which what programs have called is kept, as a profile that the next launch reads.
#pragma once

#include "core/seccomp/learned.hpp"
#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core {

// What it allows by now: nothing where it does not exist. `directory` is open (O_PATH), and `path` leads to a
// file right in it. It must be root's, and writable by no other, as every profile.
Result<seccomp::Learned> read_learned_file(int directory, const std::string& path);

// Adds what was called, under a lock, as another run may end at the same time. The file is replaced as a
// whole, or left as it is. Returns how many calls it allows now.
Result<size_t> add_to_learned_file(int directory, const std::string& path, const seccomp::NotedCalls& noted);

}  // namespace jailrun::core
