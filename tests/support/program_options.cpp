// SPDX-License-Identifier: Apache-2.0
#include "tests/support/program_options.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <set>

namespace jailrun::tests {
namespace {

namespace po = boost::program_options;
using namespace core;

// Stages that share an option mean the same by it.
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

void add_option(po::options_description& group, const OptionDescription& option) {
  const std::string name(option.name);
  if (option.is_flag()) {
    group.add_options()(name.c_str(), "");
    return;
  }
  const std::string value_name(option.value_name);
  if (option.is_repeatable())
    group.add_options()(name.c_str(), po::value<std::vector<std::string>>()->value_name(value_name), "");
  else
    group.add_options()(name.c_str(), po::value<std::string>()->value_name(value_name), "");
}

bool takes_value(const std::string& word, const std::vector<OptionDescription>& options) {
  return std::any_of(options.begin(), options.end(), [&](const OptionDescription& option) {
    return !option.is_flag() && word == "--" + std::string(option.name);
  });
}

// The same words as Boost 1.74 reads them the way they are meant: it takes no empty value after an equals
// sign, but does as a word of its own; and it takes no word such as "--x=" for a value, but does after an
// equals sign.
std::vector<std::string> for_boost(const std::vector<std::string>& words,
                                   const std::vector<OptionDescription>& options) {
  const auto ends_in_equals = [](const std::string& word) {
    return word.compare(0, 2, "--") == 0 && word.find('=') == word.size() - 1;
  };
  std::vector<std::string> all;
  for (size_t i = 0; i < words.size(); ++i) {
    if (takes_value(words[i], options) && i + 1 < words.size()) {
      const std::string& value = words[i + 1];
      all.push_back(words[i] + (ends_in_equals(value) ? "=" + value : ""));
      if (!ends_in_equals(value)) all.push_back(value);
      ++i;
    } else if (ends_in_equals(words[i])) {
      all.push_back(words[i].substr(0, words[i].size() - 1));
      all.emplace_back();
    } else {
      all.push_back(words[i]);
    }
  }
  return all;
}

// "--=x", which Boost 1.74 takes for the operand "x".
bool holds_nameless_option(const std::vector<std::string>& words,
                           const std::vector<OptionDescription>& options) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].compare(0, 3, "--=") == 0) return true;
    if (takes_value(words[i], options)) ++i;
  }
  return false;
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

std::optional<Parsed> parse_by_program_options(const CommandLine& line, const StageDescription& own,
                                               const std::vector<const StageDescription*>& stages) {
  const std::vector<OptionDescription> options = distinct_options(own, stages);
  if (holds_nameless_option(line.before, options)) return std::nullopt;
  try {
    po::options_description all;
    for (const OptionDescription& option : options) add_option(all, option);
    using Style = po::command_line_style::style_t;
    const po::parsed_options parsed =
        po::command_line_parser(for_boost(line.before, options))
            .options(all)
            .style(Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next)
            .run();
    Parsed result;
    for (const po::option& option : parsed.options)
      if (option.position_key >= 0)
        result.operands.insert(result.operands.end(), option.value.begin(), option.value.end());
    po::variables_map map;
    po::store(parsed, map);
    result.values = to_values(map, options);
    return result;
  } catch (const po::error&) {
    return std::nullopt;
  }
}

}  // namespace jailrun::tests
