// SPDX-License-Identifier: Apache-2.0
// Sees to it that this process changes nothing on the host any more: a system call that would is not done,
// and is the outcome of the trial. It needs no privilege.
#pragma once

#include "core/cli/checker/trial.hpp"
#include "jailrun/result.hpp"

namespace jailrun::core::cli::checker {

// `during`: whose calls are looked at, for the outcome's reason; it must outlive the process.
Result<void> forbid_changes(const Diary& diary, const char* during);
// From here on another call is under way.
void set_call(const char* during);

}  // namespace jailrun::core::cli::checker
