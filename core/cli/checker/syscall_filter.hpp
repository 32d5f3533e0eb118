// SPDX-License-Identifier: Apache-2.0
// Keeps this process from changing the host: a system call that would do so is not made, and fails the check.
// It needs no privilege.
#pragma once

#include "core/cli/checker/isolated_check.hpp"
#include "jailrun/result.hpp"

#include <string>

namespace jailrun::core::cli::checker {

// `during`: which function of the plugin runs, for the outcome's reason.
Result<void> forbid_changes(const Reporter& reporter, const std::string& during);

}  // namespace jailrun::core::cli::checker
