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

// "--id --daemonize": the next option is no value; who means it writes --id=--daemonize.
Result<void> find_forgotten_value(const std::vector<std::string>& words,
                                  const std::vector<OptionDescription>& options) {
  const auto option_of = [&](const std::string& word) {
    const auto same = [&](const OptionDescription& one) { return word == "--" + std::string(one.name); };
    const auto found = std::find_if(options.begin(), options.end(), same);
    return found == options.end() ? nullptr : &*found;
  };
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const OptionDescription* option = option_of(words[i]);
    if (option == nullptr || option->is_flag()) continue;
    if (option_of(words[i + 1]) != nullptr)
      return input_error(words[i] + " has no value: after it stands " + words[i + 1]);
    ++i;
  }
  return {};
}

// Boost 1.74 takes no empty value after an equals sign, but does as a word of its own.
std::vector<std::string> detached(const std::vector<std::string>& words) {
  std::vector<std::string> all;
  for (const std::string& word : words) {
    const bool is_empty = word.compare(0, 2, "--") == 0 && word.find('=') == word.size() - 1;
    all.push_back(is_empty ? word.substr(0, word.size() - 1) : word);
    if (is_empty) all.emplace_back();
  }
  return all;
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
  const std::string_view program = argc > 0 ? argv[0] : "";
  const bool is_jailer = program.substr(program.rfind('/') + 1) == "jailer";
  if (words.pipeline.empty()) words.pipeline = is_jailer ? "firecracker.conf" : "default.conf";
  return words;
}

Result<Parsed> parse(const Words& words, const StageDescription& own,
                     const std::vector<const StageDescription*>& stages, bool operands) {
  const std::vector<OptionDescription> options = distinct_options(own, stages);
  JR_TRY(find_forgotten_value(words.before, options));
  try {
    po::options_description all;
    for (const OptionDescription& option : options) add_option(all, option);
    // No guessing: an abbreviation that works today would be ambiguous once a stage is added.
    using Style = po::command_line_style::style_t;
    const po::parsed_options parsed =
        po::command_line_parser(detached(words.before))
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
