// SPDX-License-Identifier: Apache-2.0
// All checks of a plugin, one after the other.
#pragma once

#include "core/cli/checker/checks.hpp"

#include <vector>

namespace jailrun::core::cli::checker {

struct Checked {
  Check check;
  Outcome outcome;
};

// Those that need what an earlier one has not found are left out. An error: a setting that no stage has an
// option for.
Result<std::vector<Checked>> check_all(const Subject& subject, int patience_ms);

}  // namespace jailrun::core::cli::checker
