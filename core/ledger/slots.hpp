// SPDX-License-Identifier: Apache-2.0
// The slots that the core itself sets in a ledger, each named here once. A stage's own are STAGE/NAME.
#pragma once

#include <cstdint>
#include <string>

namespace jailrun::core {

// The name of the ledger's file in the jail's directory.
inline constexpr const char* kLedgerName = "ledger";

// Says that something existed at this path after all: it appeared after the survey.
inline std::string existed_slot(const std::string& path) { return "jailrun/existed" + path; }

// Holds the name of the alternative that was taken.
inline std::string choice_slot(uint64_t number) { return "jailrun/first-of/" + std::to_string(number); }

// Holds the process that keeps a helper, told apart from a later one with its number.
inline std::string helper_slot(const std::string& name) { return "jailrun/helper/" + name; }

}  // namespace jailrun::core
