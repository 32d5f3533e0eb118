// The command line: which command, the runner's own settings, the stages' options, the program's arguments.
#pragma once

#include "core/description.hpp"
#include "core/options.hpp"
#include "core/own_options.hpp"
#include "core/pipeline.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// The words before and after the first "--", and what must be known before the pipeline is: it decides which
// options exist.
struct Words {
  std::string command;                 // "plan", "check", ...; empty: launch
  std::vector<std::string> before;     // without the command
  std::vector<std::string> arguments;  // the program's, untouched
  std::string pipeline;                // "default.conf" where not given
  bool help = false;
  bool version = false;

  bool is_launch() const { return command.empty() && !help && !version; }
};
Words split_words(int argc, char** argv);

struct Parsed {
  OptionValues values;
  std::vector<std::string> operands;  // words that are no options: "jailrun stages NAME"
};

// Parses with the options of `own`, the runner's or a command's, and of these stages. `operands`: whether
// words that are no options are allowed.
Result<Parsed> parse(const Words& words, const StageDescription& own,
                     const std::vector<const StageDescription*>& stages, bool operands);

}  // namespace jailrun::core
