#include "core/cli/command_line.hpp"

#include "jailrun/strings.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <set>
#include <sstream>

namespace jailrun::core::cli {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kCommands[] = {"plan", "check", "stages", "ps", "rm", "inspect", "wait"};

OptionDescription text(std::string_view name, std::string_view value, std::string_view help,
                       std::string_view fallback) {
  return {name, value, help, fallback, JR_OPTION_TEXT, 0, 0, 0};
}
OptionDescription flag(std::string_view name, std::string_view help) {
  return {name, "", help, "", JR_OPTION_FLAG, 0, 0, 0};
}

// Options of all stages, each name once: stages that share an option mean the same by it (core/order.cpp).
std::vector<OptionDescription> distinct_options(const StageDescription& own,
                                                const std::vector<const StageDescription*>& stages) {
  std::vector<OptionDescription> all = own.options;
  std::set<std::string_view> names;
  for (const OptionDescription& option : all) names.insert(option.name);
  for (const StageDescription* stage : stages)
    for (const OptionDescription& option : stage->options)
      if (names.insert(option.name).second) all.push_back(option);
  return all;
}

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

OptionValues to_values(const po::variables_map& map, const std::vector<OptionDescription>& options) {
  OptionValues values;
  for (const OptionDescription& option : options) {
    const std::string name(option.name);
    if (map.count(name) == 0) continue;
    const std::string origin = "--" + name;
    std::vector<OptionValue> given;
    if (option.is_flag())
      given.push_back({"yes", origin});
    else if (option.is_repeatable())
      for (const std::string& value : map[name].as<std::vector<std::string>>())
        given.push_back({value, origin});
    else
      given.push_back({map[name].as<std::string>(), origin});
    values.give(name, std::move(given));
  }
  return values;
}

}  // namespace

const StageDescription& runner_options() {
  static const StageDescription kRunner = [] {
    StageDescription runner;
    runner.id = "jailrun";
    runner.options = {
        text("pipeline", "FILE", "stages and their settings; a name without a slash is looked up", ""),
        text("log-level", "LEVEL", "debug, info, warning or error", "warning"),
        text("log-format", "FORMAT", "text or json", "text"),
        text("log-file", "FILE", "append the log to this file instead of stderr", ""),
        flag("timings", "after the last action before the exec, print microseconds for each stage on stderr"),
        flag("strict", "after each call into a plugin, see that it changed nothing about the process"),
        flag("supervise",
             "stay as the program's parent: forward signals, end as it ends, take the jail away then"),
        flag("replace", "take away what a dead launch of the same id left, then launch"),
        flag("json", "plan, check, stages: print JSON"),
        flag("markdown", "stages: print the reference page of the docs"),
    };
    return runner;
  }();
  return kRunner;
}

const StageDescription& jail_options() {
  static const StageDescription kJails = [] {
    StageDescription jails;
    jails.id = "jails";
    jails.options = {
        text("chroot-base-dir", "DIR", "look below this directory too", ""),
        flag("json", "print JSON"),
        flag("host", "ps, rm: what the host keeps of jailrun beside the jails"),
        flag("force", "rm: end live jails first, SIGTERM, then SIGKILL"),
        {"timeout", "SECONDS", "rm --force: how long after the SIGTERM; wait: how long at most", "",
         JR_OPTION_NUMBER, 0, 0, 1000000},
        flag("all-dead", "rm: every jail that is dead"),
    };
    return jails;
  }();
  return kJails;
}

Words split_words(int argc, char** argv) {
  Words words;
  std::vector<std::string> all(argv + std::min(argc, 1), argv + argc);
  const auto dashes = std::find(all.begin(), all.end(), "--");
  words.before.assign(all.begin(), dashes);
  if (dashes != all.end()) words.arguments.assign(dashes + 1, all.end());
  if (!words.before.empty() &&
      std::find(std::begin(kCommands), std::end(kCommands), words.before.front()) != std::end(kCommands)) {
    words.command = words.before.front();
    words.before.erase(words.before.begin());
  }
  constexpr std::string_view kPipeline = "--pipeline";
  for (size_t i = 0; i < words.before.size(); ++i) {
    const std::string& word = words.before[i];
    if (word == "--help" || word == "-h") words.help = true;
    if (word == "--version") words.version = true;
    if (word == kPipeline && i + 1 < words.before.size()) words.pipeline = words.before[i + 1];
    if (word.compare(0, kPipeline.size() + 1, "--pipeline=") == 0)
      words.pipeline = word.substr(kPipeline.size() + 1);
  }
  if (words.pipeline.empty()) words.pipeline = "default.conf";
  return words;
}

Result<Parsed> parse(const Words& words, const StageDescription& own,
                     const std::vector<const StageDescription*>& stages, bool operands) {
  const std::vector<OptionDescription> options = distinct_options(own, stages);
  try {
    po::options_description all;
    for (const OptionDescription& option : options) add_option(all, option);
    // No guessing: an abbreviation that works today would be ambiguous once a stage is added.
    using Style = po::command_line_style::style_t;
    const po::parsed_options parsed =
        po::command_line_parser(words.before)
            .options(all)
            .style(Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next)
            .run();
    Parsed result;
    for (const po::option& option : parsed.options)
      if (option.position_key >= 0)
        result.operands.insert(result.operands.end(), option.value.begin(), option.value.end());
    if (!operands && !result.operands.empty())
      return input_error("'" + result.operands.front() +
                         "' is neither an option nor a command; the program's own arguments stand after --");
    po::variables_map map;
    po::store(parsed, map);
    result.values = to_values(map, options);
    return result;
  } catch (const po::error& error) {
    return input_error(std::string(error.what()) + " (--help lists the options of " + words.pipeline + ")");
  }
}

std::string help(const std::vector<const StageDescription*>& stages, const std::string& pipeline) {
  std::ostringstream text;
  text << "Usage: jailrun [--pipeline FILE] OPTIONS -- ARGUMENTS     launch a program in a jail\n"
          "       jailrun plan OPTIONS -- ARGUMENTS                  show what that would do\n"
          "       jailrun check --pipeline FILE                      find every fault of a pipeline\n"
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
