// SPDX-License-Identifier: Apache-2.0
// The command line: which command, the runner's own settings, the stages' options, the program's arguments.
#pragma once

#include "core/pipeline/builtin_options.hpp"
#include "core/pipeline/options.hpp"
#include "core/pipeline/pipeline.hpp"
#include "core/plugin/description.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// The words before and after the first "--", and what must be known before the pipeline is read, which
// decides what options exist.
struct CommandLine {
  std::string command;                 // "plan", "check", ...; empty: launch
  std::vector<std::string> before;     // without the command
  std::vector<std::string> arguments;  // the program's, untouched
  std::string pipeline;                // "default.conf" where not given
  bool help = false;
  bool version = false;

  bool is_launch() const { return command.empty() && !help && !version; }
};
CommandLine split_command_line(int argc, char** argv);

struct Parsed {
  OptionValues values;
  std::vector<std::string> operands;  // words that are not options: "jailrun stages NAME"
};

// Parses with the options of `own`, the runner's or a command's, and of these stages. `operands`: whether
// words that are not options are allowed.
Result<Parsed> parse(const CommandLine& line, const StageDescription& own,
                     const std::vector<const StageDescription*>& stages, bool operands);

}  // namespace jailrun::core
