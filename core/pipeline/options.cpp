// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/options.hpp"

#include "core/base/message.hpp"
#include "core/pipeline/accounts.hpp"

#include <charconv>

namespace jailrun::core {
namespace {

const std::vector<OptionValue> kNoValues;

std::string option_names(const StageDescription& stage) {
  std::string names;
  for (const OptionDescription& option : stage.options)
    names.append(names.empty() ? "" : ", ").append(option.name);
  return names.empty() ? "none" : names;
}

// Keys that the runner reads in every stage's section.
bool is_reserved(const std::string& key) { return key == "plugin"; }

// The file with the numbers of what the option names, if it names somebody: no number begins with a letter.
const char* account_file(const OptionDescription& option, const std::string& text) {
  const bool is_name =
      !text.empty() && (text.front() == '_' || (text.front() >= 'a' && text.front() <= 'z') ||
                        (text.front() >= 'A' && text.front() <= 'Z'));
  if (!is_name || option.type != JR_OPTION_NUMBER) return nullptr;
  return option.value_name == "UID" ? kPasswd : option.value_name == "GID" ? kGroup : nullptr;
}

// Replaces a name by its number.
Result<void> resolve_account(const OptionDescription& option, std::string& text) {
  const char* const file = account_file(option, text);
  if (file == nullptr) return {};
  JR_ASSIGN(const uint64_t number, account_number(text, file));
  text = std::to_string(number);
  return {};
}

}  // namespace

std::string value_error(const OptionDescription& option, const std::string& text) {
  if (option.type == JR_OPTION_FLAG && text != "yes" && text != "no")
    return "'" + text + "' is neither yes nor no";
  if (option.type != JR_OPTION_NUMBER) return {};
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string range = std::to_string(option.minimum) + " to " + std::to_string(option.maximum);
  if (error == std::errc::result_out_of_range) return "'" + text + "' is out of range: " + range;
  if (error != std::errc() || end != text.data() + text.size())
    return "'" + text + "' is not a number from " + range;
  if (number < option.minimum || number > option.maximum) return "'" + text + "' is out of range: " + range;
  return {};
}

void OptionValues::fill_from(const Section& section, const StageDescription& stage,
                             std::vector<Finding>& findings) {
  std::map<std::string, std::vector<OptionValue>> found;
  for (Setting setting : section.settings) {
    if (is_reserved(setting.key)) continue;
    const OptionDescription* option = stage.option(setting.key);
    if (option == nullptr) {
      findings.push_back({setting.where, "[" + section.name + "] has no option '" + setting.key +
                                             "'; it has " + option_names(stage)});
      continue;
    }
    if (const Result<void> resolved = resolve_account(*option, setting.value); !resolved) {
      findings.push_back({setting.where, setting.key + ": " + message(resolved.error())});
      continue;
    }
    if (const std::string wrong = value_error(*option, setting.value); !wrong.empty()) {
      findings.push_back({setting.where, setting.key + ": " + wrong});
      continue;
    }
    const bool again = found.count(setting.key) > 0 || from_files_.count(setting.key) > 0;
    if (again && !option->is_repeatable()) {
      findings.push_back({setting.where, setting.key + " is given twice"});
      continue;
    }
    std::vector<OptionValue>& values = found[setting.key];
    if (option->is_flag() && setting.value == "no") {
      values.clear();
      continue;
    }
    values.push_back({setting.value, setting.where + ": " + setting.key});
  }
  for (auto& [name, values] : found) {
    from_files_.insert(name);
    values_.try_emplace(name, std::move(values));
  }
}

void OptionValues::fill_defaults(const StageDescription& stage) {
  for (const OptionDescription& option : stage.options) {
    const auto own = own_defaults_.find(std::string(option.name));
    const std::string text = own == own_defaults_.end() ? std::string(option.default_value) : own->second;
    if (!text.empty())
      values_.try_emplace(std::string(option.name),
                          std::vector<OptionValue>{{text, "default of " + std::string(option.name)}});
  }
}

void OptionValues::fill_default(const std::string& name, const std::string& text) {
  own_defaults_[name] = text;
}

void OptionValues::resolve_accounts(const StageDescription& stage, std::vector<Finding>& findings) {
  for (const OptionDescription& option : stage.options) {
    const auto given = values_.find(option.name);
    if (given == values_.end()) continue;
    for (OptionValue& value : given->second)
      if (const Result<void> resolved = resolve_account(option, value.text); !resolved)
        findings.push_back({value.origin, message(resolved.error())});
  }
}

void OptionValues::validate(const StageDescription& stage, std::vector<Finding>& findings) const {
  for (const OptionDescription& option : stage.options) {
    const std::vector<OptionValue>& values = of(option.name);
    if (values.empty() && option.is_required())
      findings.push_back(
          {"stage " + std::string(stage.id), "--" + std::string(option.name) + " is required"});
    for (const OptionValue& value : values)
      if (const std::string wrong = value_error(option, value.text); !wrong.empty())
        findings.push_back({value.origin, wrong});
  }
}

const std::vector<OptionValue>& OptionValues::of(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? kNoValues : found->second;
}

}  // namespace jailrun::core
