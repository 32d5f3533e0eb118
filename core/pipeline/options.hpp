// SPDX-License-Identifier: Apache-2.0
// The values of a launch's options, whether from the command line, the pipeline file or a default.
#pragma once

#include "core/pipeline/config.hpp"
#include "core/plugin/description.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun::core {

struct OptionValue {
  std::string text;    // a flag that is on: "yes"
  std::string origin;  // "--cgroup", "default.conf:12: cgroup", "default"

  bool operator==(const OptionValue& other) const = default;
};

class OptionValues {
 public:
  // What the command line gives for one option; it overrides the file.
  void give(const std::string& name, std::vector<OptionValue> values) { values_[name] = std::move(values); }

  // What a stage's section gives, for options that have no value yet. Findings: unknown keys, invalid values,
  // options that are given twice but may be given only once.
  void fill_from(const Section& section, const StageDescription& stage, std::vector<Finding>& findings);

  // The stage's defaults, for options that have no value yet: after all sections, as stages may
  // share an option.
  void fill_defaults(const StageDescription& stage);

  // What stands in the place of a stage's default.
  void fill_default(const std::string& name, const std::string& text);

  // Names of users and groups, in options whose value is a UID or GID, become their numbers. Findings: names
  // that nobody has.
  void resolve_accounts(const StageDescription& stage, std::vector<Finding>& findings);

  // Findings: required options without a value, invalid values from the command line.
  void validate(const StageDescription& stage, std::vector<Finding>& findings) const;

  const std::vector<OptionValue>& of(std::string_view name) const;

  bool operator==(const OptionValues& other) const = default;

 private:
  std::map<std::string, std::vector<OptionValue>, std::less<>> values_;
  std::set<std::string> from_files_;
  std::map<std::string, std::string> own_defaults_;
};

// Why the value is invalid for the option; empty if it is valid.
std::string value_error(const OptionDescription& option, const std::string& text);

}  // namespace jailrun::core
