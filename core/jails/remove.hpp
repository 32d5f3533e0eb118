// SPDX-License-Identifier: Apache-2.0
// Removes jails, and what launches that were killed have left.
#pragma once

#include "core/plan/jail_name.hpp"
#include "jailrun/plugin.h"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// Removes what a launch that was killed inside its claim left below a base: directories that were not renamed
// to their ids yet, and name directories without jails. With an `id`, only what belongs to it. Returns how
// many were removed.
int remove_unclaimed(const std::string& base, const std::string& id);

struct Removal {
  bool force = false;     // ends the processes of a live one: SIGTERM, then SIGKILL
  int timeout_ms = 5000;  // between the two, and after the second
  uint32_t reason = JR_RELEASE_REMOVE;
  int release_ms = 0;            // for what the plugins of one jail release; 0: no limit
  bool without_plugins = false;  // what only they can release is left, and said
};

// Removes a jail. Refused for a live one without `force`. What can't be removed is named, and
// the ledger stays.
Result<void> remove_jail(const JailName& jail, const Removal& removal);

// The same for several, whose processes are ended at the same time; the answers are in their order.
std::vector<Result<void>> remove_jails(const std::vector<JailName>& jails, const Removal& removal);

}  // namespace jailrun::core
