// SPDX-License-Identifier: Apache-2.0
// Where this jailrun is installed: PREFIX/bin/jailrun, PREFIX/lib/jailrun/..., PREFIX/share/jailrun/...
#pragma once

#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core {

// The prefix of the running program, which may be any of jailrun's.
Result<std::string> installed_prefix();

constexpr const char* kCommandsProgram = "/lib/jailrun/jailrun-commands";
constexpr const char* kDynamicProgram = "/lib/jailrun/jailrun-dynamic";
constexpr const char* kInitProgram = "/lib/jailrun/jailrun-init";
constexpr const char* kSupervisorProgram = "/lib/jailrun/jailrun-supervisor";

}  // namespace jailrun::core
