// SPDX-License-Identifier: Apache-2.0
// An operator's commands to a stage of a jail that exists.
#pragma once

#include "core/plan/jail_name.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// Passes a command to the calls that this stage has in the jail's ledger, up to the one that it is meant for.
Result<void> tell_jail(const JailName& jail, const std::string& stage, const std::string& verb,
                       const std::vector<std::string>& words);

}  // namespace jailrun::core
