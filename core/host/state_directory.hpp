// SPDX-License-Identifier: Apache-2.0
// Where a host keeps jailrun's state apart from the jails.
#pragma once

#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core {

// Root's.
inline constexpr const char* kStateDirectory = "/run/jailrun";

// A name for a path that may be longer than a file's name.
std::string hash_of(const std::string& path);

// True where this process is root's. What the environment says is for others: root is told nothing by it.
bool is_roots();

// This process's own: root's, or for another user "jailrun" below XDG_RUNTIME_DIR, or below
// /run/user/UID where that is not set. An error if the directory is not that user's alone.
Result<std::string> own_state_directory();

// The same for the values of that variable and of a uid.
Result<std::string> state_directory_of(const std::string& runtime_directory, uint32_t uid);

// Where the jails of users other than root are made unless an option says so: below XDG_STATE_HOME, or
// ~/.local/state. Empty where the environment names neither.
std::string own_jails_directory();

// The process's own state directory, and one in it. Best effort.
void make_state_directory(const std::string& name);

}  // namespace jailrun::core
