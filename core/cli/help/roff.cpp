// SPDX-License-Identifier: Apache-2.0
#include "core/cli/help/roff.hpp"

#include "core/base/text.hpp"
#include "core/cli/commands.hpp"
#include "core/sys/capabilities.hpp"

namespace jailrun::core::cli {
namespace {

// A dot or quote at the beginning of a line would make it a request; hyphens are
// escaped so that they can be copied.
std::string escaped(std::string_view text) {
  std::string result = text.empty() || (text.front() != '.' && text.front() != '\'') ? "" : "\\&";
  for (const char letter : text)
    result += letter == '\\' ? "\\e" : letter == '-' ? "\\-" : std::string(1, letter);
  return result;
}

std::string sentence(std::string_view text) { return escaped(text) + ".\n"; }

std::string facts(const std::vector<FactDescription>& all) {
  std::vector<std::string> words;
  for (const FactDescription& fact : all)
    words.push_back(std::string(fact.name) + (fact.is_optional() ? " (if it is published)" : ""));
  return escaped(joined(words, ", "));
}

std::string names(const std::vector<std::string_view>& all) {
  return escaped(joined({all.begin(), all.end()}, ", "));
}

void row(std::string& text, const char* what, const std::string& words) {
  if (!words.empty()) text.append(what).append(" ").append(words).append(".\n");
}

}  // namespace

std::string commands_in_roff() {
  std::string text;
  for (const Command& command : commands()) {
    text += ".TP\n.B jailrun";
    if (!command.name.empty()) text += " " + escaped(command.name);
    if (!command.operands.empty()) text += " \\fR" + escaped(command.operands);
    text += "\n" + sentence(command.summary);
  }
  return text;
}

std::string options_in_roff(const std::vector<OptionDescription>& options) {
  std::string text;
  for (const OptionDescription& option : options) {
    text += ".TP\n.B \\-\\-" + escaped(option.name);
    if (!option.is_flag()) text += " \\fI" + escaped(option.value_name);
    text += "\n" + sentence(option.help);
    if (option.is_required()) text += "Required.\n";
    if (option.is_repeatable()) text += "May be repeated.\n";
    if (!option.default_value.empty()) text += "Default: " + escaped(option.default_value) + "\n";
  }
  return text;
}

std::string stages_in_roff(const std::vector<const StageDescription*>& stages) {
  std::string text;
  for (const StageDescription* stage : stages) {
    text += ".SS " + escaped(stage->id) + "\nThis stage " + sentence(stage->summary);
    const std::string capabilities = sys::capability_names(stage->capabilities);
    row(text, "Needs", capabilities == "-" ? "" : escaped(capabilities));
    row(text, "Reads", facts(stage->consumes));
    row(text, "Publishes", facts(stage->provides));
    row(text, "Must come after", names(stage->after));
    row(text, "Must come before", names(stage->before));
    text += options_in_roff(stage->options);
  }
  return text;
}

}  // namespace jailrun::core::cli
