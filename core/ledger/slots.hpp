// SPDX-License-Identifier: Apache-2.0
// The slots that the core itself sets in a ledger, each named here once. A stage's own are STAGE/NAME.
#pragma once

#include <cstdint>
#include <string>

namespace jailrun::core {

// The name of the ledger's file in the jail's directory.
inline constexpr const char* kLedgerName = "ledger";

// Says that the root stood there after all.
inline constexpr const char* kRootStoodSlot = "jailrun/root-stood";

// Says that something stood at this path after all.
inline std::string stood_slot(const std::string& path) { return "jailrun/stood" + path; }

// Holds the name of the alternative that was taken.
inline std::string choice_slot(uint64_t number) { return "jailrun/first-of/" + std::to_string(number); }

}  // namespace jailrun::core
