// SPDX-License-Identifier: Apache-2.0
// The commands, but for the launch. Each prints its result on stdout and returns the exit status.
#pragma once

#include "core/pipeline/command_line.hpp"

#include <string_view>
#include <vector>

namespace jailrun::core::cli {

Result<int> plan(const CommandLine& line);
Result<int> check(const CommandLine& line);
Result<int> doctor(const CommandLine& line);
Result<int> check_plugin(const CommandLine& line);
Result<int> stages(const CommandLine& line);
Result<int> new_stage(const CommandLine& line);
Result<int> ps(const CommandLine& line);
Result<int> inspect(const CommandLine& line);
Result<int> wait(const CommandLine& line);
Result<int> violations(const CommandLine& line);
Result<int> rm(const CommandLine& line);
Result<int> volume(const CommandLine& line);
Result<int> tell(const CommandLine& line);
Result<int> completion(const CommandLine& line);
Result<int> keep_learned(const CommandLine& line);
Result<int> help(const CommandLine& line);

// A row of the table from which commands are run and --help, the man page and the completions are made.
struct Command {
  std::string_view name;  // empty: the launch
  std::string_view operands;
  std::string_view summary;
  const StageDescription* options;
  bool takes_stage_options;    // and those of the pipeline's stages
  std::string_view completes;  // what its operands are: "jail", "stage", "file", "shell"; empty: nothing
  Result<int> (*run)(const CommandLine&);
};

const std::vector<Command>& commands();

}  // namespace jailrun::core::cli
