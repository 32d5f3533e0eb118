// SPDX-License-Identifier: Apache-2.0
// Keeps this process from changing the host: a system call that would do so is not made, and fails the check.
// It needs no privilege.
#pragma once

#include "core/cli/checker/isolated_check.hpp"
#include "jailrun/result.hpp"

namespace jailrun::core::cli::checker {

// `during`: which function of the plugin runs, for the outcome's reason; it must outlive the process.
Result<void> forbid_changes(const Reporter& reporter, const char* during);
// From here on another function runs.
void set_running_function(const char* during);

}  // namespace jailrun::core::cli::checker
