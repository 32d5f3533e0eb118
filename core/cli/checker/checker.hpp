// SPDX-License-Identifier: Apache-2.0
// Runs all checks of a plugin, one after the other.
#pragma once

#include "core/cli/checker/checks.hpp"

#include <vector>

namespace jailrun::core::cli::checker {

struct Checked {
  Check check;
  Outcome outcome;
};

// Checks that depend on one that failed are left out. A setting for which no stage has an option is an error.
Result<std::vector<Checked>> check_all(const Subject& subject, int timeout_ms);

}  // namespace jailrun::core::cli::checker
