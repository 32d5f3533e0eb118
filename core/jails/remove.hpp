// SPDX-License-Identifier: Apache-2.0
// Takes jails away, and what launches that were killed have left.
#pragma once

#include "core/plan/jail_name.hpp"
#include "jailrun/plugin.h"
#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core {

// Removes what a launch that was killed inside its claim left below a base: directories that never got their
// names, and names without jails. `id` not empty: of that id only. How many were removed.
int remove_unclaimed(const std::string& base, const std::string& id);

struct Removal {
  bool force = false;      // ends a live one: SIGTERM, then SIGKILL
  int patience_ms = 5000;  // between the two
  uint32_t reason = JR_RELEASE_REMOVE;
};

// Takes a jail away. Refused for a live one without `force`. What can't be taken away is named, and the
// ledger stays.
Result<void> remove_jail(const JailName& jail, const Removal& removal);

}  // namespace jailrun::core
