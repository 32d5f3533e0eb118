// SPDX-License-Identifier: Apache-2.0
// Where a host keeps jailrun's state apart from the jails.
#pragma once

#include <string>

namespace jailrun::core {

inline constexpr const char* kStateDirectory = "/run/jailrun";

// A name for a path that may be longer than a file's name.
std::string hash_of(const std::string& path);

// /run/jailrun and a directory in it. Best effort.
void make_state_directory(const char* directory);

}  // namespace jailrun::core
