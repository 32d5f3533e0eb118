// SPDX-License-Identifier: Apache-2.0
#include "core/cli/help/completed_options.hpp"

#include <set>

namespace jailrun::core::cli {

std::vector<OptionDescription> options_of(const Command& command, const Stages& stages) {
  std::vector<OptionDescription> all = command.options->options;
  std::set<std::string_view> names;
  for (const OptionDescription& option : all) names.insert(option.name);
  for (const StageDescription* stage : command.takes_stage_options ? stages : Stages())
    for (const OptionDescription& option : stage->options)
      if (names.insert(option.name).second) all.push_back(option);
  return all;
}

std::string kind_of(const OptionDescription& option) {
  if (option.name == "pipeline") return "pipeline";
  if (option.name == "lang") return "language";
  if (option.name == "log-level") return "level";
  if (option.name == "log-format") return "format";
  for (const std::string_view file : {"FILE", "DIR", "PATH", "SOURCE"})
    if (option.value_name.substr(0, file.size()) == file && option.value_name.find('=') == std::string::npos)
      return "file";
  return "";
}

std::string shell_quoted(std::string_view text) {
  std::string result = "'";
  for (const char letter : text) result += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return result + "'";
}

}  // namespace jailrun::core::cli
