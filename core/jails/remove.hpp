// SPDX-License-Identifier: Apache-2.0
// Removes jails, and what launches that were killed have left.
#pragma once

#include "core/jails/removal.hpp"
#include "core/plan/jail_name.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// Removes what a launch that was killed inside its claim left below a base: directories that were not renamed
// to their ids yet, and name directories without jails. With an `id`, only what belongs to it. Returns how
// many were removed.
int remove_unclaimed(const std::string& base, const std::string& id);

// Removes a jail. Refused for a live one without `force`. What can't be removed is named, and
// the ledger stays.
Result<void> remove_jail(const JailName& jail, const Removal& removal);

// The same for several, whose processes are ended at the same time, and which are released beside each other where
// that takes long; the answers are in their order.
std::vector<Result<void>> remove_jails(const std::vector<JailName>& jails, const Removal& removal);

}  // namespace jailrun::core
