// SPDX-License-Identifier: Apache-2.0
// What the completions of all shells have in common: which options a command has and what their values are.
#pragma once

#include "core/cli/commands.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli {

using Stages = std::vector<const StageDescription*>;

// Each name once: stages that share an option mean the same by it.
std::vector<OptionDescription> options_of(const Command& command, const Stages& stages);

// What an option's value is, by the name that help gives it: "file", "level"; empty: not known.
std::string kind_of(const OptionDescription& option);

// In single quotes for a shell.
std::string shell_quoted(std::string_view text);

}  // namespace jailrun::core::cli
