// SPDX-License-Identifier: Apache-2.0
// A stage's descriptor as the runner uses it. It is read from the plugin no further than the
// plugin's own sizes.
#pragma once

#include "jailrun/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace jailrun::core {

struct OptionDescription {
  std::string_view name;
  std::string_view value_name;
  std::string_view help;
  std::string_view default_value;
  uint32_t type = JR_OPTION_TEXT;
  uint32_t flags = 0;
  uint64_t minimum = 0;
  uint64_t maximum = 0;

  bool is_flag() const { return type == JR_OPTION_FLAG; }
  bool is_required() const { return (flags & JR_OPTION_REQUIRED) != 0; }
  bool is_repeatable() const { return (flags & JR_OPTION_REPEATABLE) != 0; }
  bool operator==(const OptionDescription&) const = default;
};

struct FactDescription {
  std::string_view name;
  uint32_t type = JR_FACT_TEXT;
  uint32_t flags = 0;

  bool is_optional() const { return (flags & JR_FACT_OPTIONAL) != 0; }
  bool is_configured() const { return (flags & JR_FACT_CONFIGURED) != 0; }
};

// Views point into the plugin, which is never unloaded.
struct StageDescription {
  std::string_view id;
  std::string_view version;
  std::string_view summary;
  uint32_t traits = 0;
  std::vector<OptionDescription> options;
  std::vector<FactDescription> consumes;
  std::vector<FactDescription> provides;
  std::vector<std::string_view> after;
  std::vector<std::string_view> before;
  std::vector<std::string_view> conflicts;
  uint64_t capabilities = 0;
  jr_stage_ops ops = {};

  bool has_trait(uint32_t trait) const { return (traits & trait) != 0; }
  const OptionDescription* option(std::string_view name) const;
};

// One stage, and all stages of a plugin; the error names what is too short or malformed.
Result<StageDescription> describe_stage(const jr_stage_descriptor* descriptor);
Result<std::vector<StageDescription>> describe_plugin(const jr_plugin& plugin);

}  // namespace jailrun::core
