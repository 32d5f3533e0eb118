// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/description.hpp"

#include "core/plugin/abi.hpp"
#include "jailrun/strings.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace jailrun::core {
namespace {

// The part of a struct that both sides know; what the plugin's version lacks reads as zero.
template <class T>
T known_part(const void* from, size_t writer_size) {
  T copy{};
  std::memcpy(&copy, from, std::min(writer_size, sizeof(T)));
  return copy;
}

// What is wrong with a name, for people: "the option number 3, 'Colour', ...". Its bytes may be anything.
std::string wrong_name(const std::string& what, uint32_t index, std::string_view name, const char* also) {
  std::string shown(name.substr(0, 64));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return what + " number " + std::to_string(index + 1) + " has the invalid name '" + shown +
         "': 1 to 64 lowercase letters, digits, hyphens" + also;
}

bool is_name(std::string_view text, std::string_view also) {
  const auto allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           also.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed);
}

std::vector<std::string_view> to_views(jr_str_list list) {
  std::vector<std::string_view> views;
  for (uint64_t i = 0; i < list.count; ++i) views.push_back(to_view(list.items[i]));
  return views;
}

// A value of a later version of the interface, whose meaning can't be guessed. Members that a later version
// adds are safe: it only adds those that an earlier runner may ignore.
Error unsupported(const std::string& what) {
  return {JR_ERROR_UNSUPPORTED, 0,
          what + " that this version of jailrun does not know; a newer one is needed"};
}

Result<std::vector<OptionDescription>> read_options(const jr_stage_descriptor& raw) {
  std::vector<OptionDescription> options;
  for (uint32_t i = 0; i < raw.option_count; ++i) {
    const auto* at = reinterpret_cast<const char*>(raw.options) + size_t{raw.option_stride} * i;
    const auto one = known_part<jr_option>(at, raw.option_stride);
    OptionDescription option = {to_view(one.name), to_view(one.value_name),
                                to_view(one.help), to_view(one.default_value),
                                one.type,          one.flags,
                                one.minimum,       one.maximum};
    if (!is_name(option.name, "")) return input_error(wrong_name("option", i, option.name, ""));
    if (one.type > JR_OPTION_FLAG) return unsupported("option " + std::string(option.name) + " has a type");
    if ((one.flags & ~(JR_OPTION_REQUIRED | JR_OPTION_REPEATABLE)) != 0)
      return unsupported("option " + std::string(option.name) + " has a flag");
    options.push_back(option);
  }
  return options;
}

Result<std::vector<FactDescription>> read_facts(const jr_fact* facts, uint32_t count, uint32_t stride) {
  std::vector<FactDescription> list;
  for (uint32_t i = 0; i < count; ++i) {
    const auto one = known_part<jr_fact>(reinterpret_cast<const char*>(facts) + size_t{stride} * i, stride);
    const FactDescription fact = {to_view(one.name), one.type, one.flags};
    if (!is_name(fact.name, ".")) return input_error(wrong_name("fact", i, fact.name, " and dots"));
    if (one.type > JR_FACT_NUMBER) return unsupported("fact " + std::string(fact.name) + " has a type");
    if ((one.flags & ~(JR_FACT_OPTIONAL | JR_FACT_CONFIGURED)) != 0)
      return unsupported("fact " + std::string(fact.name) + " has a flag");
    list.push_back(fact);
  }
  return list;
}

}  // namespace

Result<StageDescription> describe_stage(const jr_stage_descriptor* descriptor) {
  if (descriptor == nullptr) return input_error("a stage descriptor is missing");
  if (descriptor->struct_size < kFirstSize<jr_stage_descriptor>)
    return input_error("a stage descriptor is too short");
  const auto raw = known_part<jr_stage_descriptor>(descriptor, descriptor->struct_size);
  StageDescription stage;
  stage.id = to_view(raw.id);
  if (!is_name(stage.id, "")) return input_error("a stage has an invalid id");
  stage.version = to_view(raw.version);
  stage.summary = to_view(raw.summary);
  stage.traits = raw.traits;
  stage.capabilities = raw.capabilities;
  const auto within = [&](Error error) { return std::move(error).within("stage " + std::string(stage.id)); };
  const auto missing = [](const void* items, uint64_t count) { return items == nullptr && count > 0; };
  if (missing(raw.options, raw.option_count) || missing(raw.consumes, raw.consume_count) ||
      missing(raw.provides, raw.provide_count) || missing(raw.after.items, raw.after.count) ||
      missing(raw.before.items, raw.before.count) || missing(raw.conflicts.items, raw.conflicts.count))
    return input_error("stage " + std::string(stage.id) + ": an array is missing");
  if ((raw.option_count > 0 && raw.option_stride < kFirstSize<jr_option>) ||
      (raw.consume_count > 0 && raw.consume_stride < kFirstSize<jr_fact>) ||
      (raw.provide_count > 0 && raw.provide_stride < kFirstSize<jr_fact>))
    return within(input_error("an array's stride is too short"));
  constexpr uint32_t kTraits = JR_TRAIT_TERMINAL | JR_TRAIT_CHANGES_ROOT | JR_TRAIT_DROPS_PRIVILEGE |
                               JR_TRAIT_FORKS | JR_TRAIT_RESTRICTS;
  if ((raw.traits & ~kTraits) != 0) return unsupported("stage " + std::string(stage.id) + " has a trait");
  stage.after = to_views(raw.after);
  stage.before = to_views(raw.before);
  stage.conflicts = to_views(raw.conflicts);
  Result<std::vector<OptionDescription>> options = read_options(raw);
  if (!options) return within(std::move(options).error());
  stage.options = std::move(options).value();
  Result<std::vector<FactDescription>> consumes =
      read_facts(raw.consumes, raw.consume_count, raw.consume_stride);
  if (!consumes) return within(std::move(consumes).error());
  stage.consumes = std::move(consumes).value();
  Result<std::vector<FactDescription>> provides =
      read_facts(raw.provides, raw.provide_count, raw.provide_stride);
  if (!provides) return within(std::move(provides).error());
  stage.provides = std::move(provides).value();
  if (raw.ops == nullptr || raw.ops->struct_size < kFirstSize<jr_stage_ops>)
    return within(input_error("its table of functions is missing or too short"));
  stage.ops = known_part<jr_stage_ops>(raw.ops, raw.ops->struct_size);
  if (stage.ops.create == nullptr || stage.ops.plan == nullptr)
    return within(input_error("it has no create or no plan function"));
  return stage;
}

const OptionDescription* StageDescription::option(std::string_view name) const {
  const auto found =
      std::find_if(options.begin(), options.end(), [&](const auto& one) { return one.name == name; });
  return found == options.end() ? nullptr : &*found;
}

Result<std::vector<StageDescription>> describe_plugin(const jr_plugin& plugin) {
  if (plugin.struct_size < kFirstSize<jr_plugin>) return input_error("its " JR_PLUGIN_SYMBOL " is too short");
  if (plugin.stage_count == 0 || plugin.stages == nullptr) return input_error("it has no stage");
  std::vector<StageDescription> stages;
  for (uint64_t i = 0; i < plugin.stage_count; ++i) {
    JR_ASSIGN(StageDescription stage, describe_stage(plugin.stages[i]));
    stages.push_back(std::move(stage));
  }
  return stages;
}

}  // namespace jailrun::core
