// SPDX-License-Identifier: Apache-2.0
// What the commands about jails print alike.
#pragma once

#include "core/ledger/status.hpp"

#include <cstdint>
#include <string>

namespace jailrun::core::cli {

inline const char* state_word(State state) { return state == State::kAlive ? "alive" : "dead"; }

// "2026-11-28T03:45:00Z".
std::string utc_time(uint64_t seconds);

}  // namespace jailrun::core::cli
