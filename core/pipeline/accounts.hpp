// SPDX-License-Identifier: Apache-2.0
// Users and groups by name, as /etc/passwd and /etc/group have them. Not by NSS: getpwnam would load
// libraries that nobody judged into a process with root's privileges, and ask services that may not answer.
#pragma once

#include "jailrun/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace jailrun::core {

inline constexpr const char* kPasswd = "/etc/passwd";
inline constexpr const char* kGroup = "/etc/group";

// The number of the account `name` in a file of lines NAME:PASSWORD:NUMBER:...; ENOENT is not an error of its
// own, but said with the file.
Result<uint64_t> account_number(std::string_view name, const std::string& file);

}  // namespace jailrun::core
