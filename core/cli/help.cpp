// SPDX-License-Identifier: Apache-2.0
#include "core/cli/help.hpp"

#include "core/cli/command_table.hpp"
#include "core/pipeline/builtin_options.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <sstream>

namespace jailrun::core::cli {
namespace {

namespace po = boost::program_options;

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

}  // namespace

std::string help_page(const std::vector<const StageDescription*>& stages, const std::string& pipeline) {
  std::ostringstream text;
  const char* before = "Usage: ";
  for (const CommandDescription& command : command_descriptions()) {
    std::string usage = "jailrun ";
    usage.append(command.name)
        .append(command.name.empty() || command.operands.empty() ? "" : " ")
        .append(command.operands);
    usage.resize(std::max<size_t>(usage.size() + 1, 52), ' ');
    text << before << usage << command.summary << "\n";
    before = "       ";
  }
  text << "\n";
  constexpr unsigned kWidth = 110;
  po::options_description own("Options of jailrun", kWidth);
  for (const OptionDescription& option : runner_options().options) add_option(own, option);
  po::options_description jails("Options of ps, inspect, wait, rm, volume and tell", kWidth);
  for (const OptionDescription& option : jail_options().options) add_option(jails, option);
  text << own << "\n" << jails << "\nStages of " << pipeline << ", in their order:\n\n";
  for (const StageDescription* stage : stages) {
    po::options_description group(std::string(stage->id) + " - " + std::string(stage->summary), kWidth);
    for (const OptionDescription& option : stage->options) add_option(group, option);
    text << group << "\n";
  }
  return text.str();
}

}  // namespace jailrun::core::cli
