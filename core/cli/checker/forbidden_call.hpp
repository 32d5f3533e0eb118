// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace jailrun::core::cli::checker {

// The sentence about a system call that was not made: core/cli/checker/syscall_filter.cpp. `during`: the
// plugin's function that was running.
std::string forbidden_call(const std::string& during, int number);

}  // namespace jailrun::core::cli::checker
