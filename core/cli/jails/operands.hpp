// SPDX-License-Identifier: Apache-2.0
// The operands and options that the commands about jails share.
#pragma once

#include "core/pipeline/command_line.hpp"

#include <string>

namespace jailrun::core::cli {

// The one operand of such a command: "[NAME/]ID".
Result<std::string> one_jail(const Parsed& parsed, const std::string& command);

// What an option for a time in seconds gives; `otherwise` without it.
Result<int> seconds_of(const OptionValues& options, const std::string& name, int otherwise);

}  // namespace jailrun::core::cli
