// SPDX-License-Identifier: Apache-2.0
// Jails that exist, found on disk.
#pragma once

#include "core/plan/jail_name.hpp"
#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// All jails below a base: directories <name>/<id> that have a ledger. A base that does not exist has none.
std::vector<JailName> list_jails(const std::string& base);

// The jail's directory, locked: neither a launch nor a removal of it is under way.
Result<UniqueFd> lock_jail(const JailName& jail);

}  // namespace jailrun::core
