#include "core/cli/help.hpp"

#include "core/own_options.hpp"

#include <boost/program_options.hpp>

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
  text << "Usage: jailrun [--pipeline FILE] OPTIONS -- ARGUMENTS     launch a program in a jail\n"
          "       jailrun plan OPTIONS -- ARGUMENTS                  show what that would do\n"
          "       jailrun check --pipeline FILE                      find every fault of a pipeline\n"
          "       jailrun check-plugin FILE                          find faults of a plugin\n"
          "       jailrun stages [NAME]                              what is installed\n"
          "       jailrun ps                                         jails that are there, alive or dead\n"
          "       jailrun inspect [NAME/]ID                          what a launch made, and what of it "
          "stands\n"
          "       jailrun wait [NAME/]ID                             until its program has ended\n"
          "       jailrun rm [--force] [NAME/]ID... | --all-dead     take jails away\n\n";
  constexpr unsigned kWidth = 110;
  po::options_description own("Options of jailrun", kWidth);
  for (const OptionDescription& option : runner_options().options) add_option(own, option);
  po::options_description jails("Options of ps, inspect, wait and rm", kWidth);
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
