// SPDX-License-Identifier: Apache-2.0
// What commands there are: --help, the man page and the completions are made from it.
#pragma once

#include "core/plugin/description.hpp"

#include <string_view>
#include <vector>

namespace jailrun::core::cli {

struct CommandDescription {
  std::string_view name;      // empty: the launch
  std::string_view operands;  // as the usage shows them
  std::string_view summary;   // "show what that would do"
  const StageDescription* options;
  bool takes_stage_options;    // and those of the pipeline's stages
  std::string_view completes;  // what its operands are: "jail", "stage", "file", "shell"; empty: nothing
};

const std::vector<CommandDescription>& command_descriptions();

}  // namespace jailrun::core::cli
