// SPDX-License-Identifier: Apache-2.0
// The operands and options that the commands about jails share.
#pragma once

#include "core/pipeline/command_line.hpp"

#include <string>

namespace jailrun::core::cli {

// The one operand of such a command: "[NAME/]ID".
Result<std::string> one_jail(const Parsed& parsed, const std::string& command);

// What --timeout gives; -1 without it.
Result<int> timeout_seconds(const OptionValues& options);

}  // namespace jailrun::core::cli
