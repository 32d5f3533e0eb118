// SPDX-License-Identifier: Apache-2.0
// Jails that exist, found on disk.
#pragma once

#include "core/plan/jail_name.hpp"
#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// All jails below a base: directories <name>/<id> that have a ledger. A base that does not exist has none;
// one that others could have made jails in has none either, and a warning says so.
std::vector<JailName> list_jails(const std::string& base);

// A jail of which neither a launch nor a removal is under way, as long as this exists.
struct LockedJail {
  UniqueFd directory;
  UniqueFd ledger;  // holds the lock
};
Result<LockedJail> lock_jail(const JailName& jail);

}  // namespace jailrun::core
