// SPDX-License-Identifier: Apache-2.0
#include "core/cli/help/help.hpp"

#include "core/base/printable.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/descriptions.hpp"
#include "core/cli/output.hpp"
#include "core/pipeline/builtin_options.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <sstream>

namespace jailrun::core::cli {
namespace {

namespace po = boost::program_options;

constexpr unsigned kWidth = 80;

std::string help_text(const OptionDescription& option) {
  std::string text(option.help);
  if (option.is_required()) text += " (required)";
  if (option.is_repeatable()) text += " (repeatable)";
  if (!option.default_value.empty()) text += " [" + std::string(option.default_value) + "]";
  return text;
}

void add_option(po::options_description& group, const OptionDescription& option) {
  const std::string name(option.name);
  const std::string description = help_text(option);
  if (option.is_flag()) {
    group.add_options()(name.c_str(), description.c_str());
    return;
  }
  const std::string value_name(option.value_name);
  if (option.is_repeatable())
    group.add_options()(name.c_str(), po::value<std::vector<std::string>>()->value_name(value_name),
                        description.c_str());
  else
    group.add_options()(name.c_str(), po::value<std::string>()->value_name(value_name), description.c_str());
}

po::options_description group_of(const std::string& caption, const StageDescription& description) {
  po::options_description group(caption, kWidth);
  for (const OptionDescription& option : description.options) add_option(group, option);
  return group;
}

// Breaks lines between words; those after the first are indented. `column`: where the text begins.
std::string wrapped(std::string_view text, size_t column, size_t indent) {
  std::string result;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const bool is_first = result.empty();
    if (!is_first && column + 1 + word.size() > kWidth) {
      result.append("\n").append(indent, ' ');
      column = indent;
    } else if (!is_first) {
      result += " ";
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

// Program_options leaves the blank at which it breaks a line.
std::string without_trailing_blanks(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\n') result.resize(result.find_last_not_of(' ') + 1);
    result += letter;
  }
  return result;
}

// "  plan OPTIONS -- ARGUMENTS      print what ...".
std::string command_line_of(const Command& command) {
  constexpr size_t kSummaryColumn = 30;
  std::string line = "  " + std::string(command.name);
  if (!command.operands.empty()) line.append(" ").append(command.operands);
  if (line.size() + 2 > kSummaryColumn)
    line.append("\n").append(kSummaryColumn, ' ');
  else
    line.resize(kSummaryColumn, ' ');
  return line + wrapped(command.summary, kSummaryColumn, kSummaryColumn) + "\n";
}

}  // namespace

std::string help_page(const std::vector<const StageDescription*>& stages, const std::string& pipeline) {
  std::ostringstream text;
  for (const Command& command : commands())
    if (command.name.empty())
      text << "Usage: jailrun " << command.operands
           << "\n       jailrun COMMAND ...\n\nWithout a command: " << command.summary << ".\n\nCommands:\n";
    else
      text << command_line_of(command);
  po::options_description own = group_of("Options of jailrun", runner_options());
  own.add_options()("help", "print this page; with --pipeline, for that pipeline's stages")(
      "version", "print jailrun's version");
  text << "\n"
       << own << "\n"
       << group_of("Options of ps, inspect, wait, violations, rm, volume and tell", jail_options()) << "\n"
       << group_of("Options of new-stage", new_stage_options()) << "\n"
       << group_of("Options of check-plugin", check_plugin_options()) << "\n"
       << group_of("Options of doctor", doctor_options()) << "\n"
       << wrapped("Stages of " + pipeline + ", in order:", 0, 2) << "\n\n";
  for (const StageDescription* stage : stages)
    text << group_of(wrapped(std::string(stage->id) + " - " + std::string(stage->summary), 0, 2), *stage)
         << "\n";
  return without_trailing_blanks(text.str());
}

Result<int> help(const CommandLine& line) {
  Trust trust;
  const SearchPath search = default_search_path();
  Loader loader(trust, search.plugins);
  std::vector<Finding> findings;
  const std::unique_ptr<Pipeline> pipeline = load_pipeline(line.pipeline, search, trust, loader, findings);
  print(help_page(descriptions(pipeline.get()), printable(line.pipeline)));
  // What is wrong with the pipeline is for `jailrun check` to list.
  if (!findings.empty())
    print(printable("(" + line.pipeline + " has faults: jailrun check --pipeline " + line.pipeline + ")") +
          "\n");
  return 0;
}

}  // namespace jailrun::core::cli
