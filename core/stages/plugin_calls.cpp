// SPDX-License-Identifier: Apache-2.0
#include "core/stages/plugin_calls.hpp"

#include "core/pipeline/options.hpp"
#include "core/stages/context.hpp"
#include "core/stages/facts.hpp"
#include "jailrun/strings.hpp"

#include <algorithm>

namespace jailrun::core {

// A stage that is created but not configured: it has no options and no facts.
struct PluginCalls::Member {
  const StageDescription* description;
  jr_stage* instance;
  jr_ctx ctx;
  OptionValues options;
  Facts facts;
  std::vector<jr_str> arguments;
};

PluginCalls::PluginCalls(const Ledger& ledger, Site& site)
    : ledger_(ledger), site_(site), loader_(trust_, {}) {
  for (size_t i = 0; i < site.token.size() && 2 * i + 1 < ledger.token.size(); ++i)
    site.token[i] = static_cast<uint8_t>(std::strtoul(ledger.token.substr(2 * i, 2).c_str(), nullptr, 16));
}

PluginCalls::~PluginCalls() {
  for (const auto& [id, member] : members_)
    if (member->description->ops.destroy != nullptr) member->description->ops.destroy(member->instance);
}

Result<PluginCalls::Member*> PluginCalls::member(const std::string& stage) {
  if (const auto known = members_.find(stage); known != members_.end()) return known->second.get();
  const auto note = ledger_.plugins.find(stage);
  if (note == ledger_.plugins.end())
    return input_error("the ledger does not say which plugin stage " + stage + " is from");
  JR_ASSIGN(const Plugin* const plugin, loader_.load(note->second.path));
  const auto same = [&](const StageDescription& one) { return one.id == stage; };
  const auto found = std::find_if(plugin->stages.begin(), plugin->stages.end(), same);
  if (found == plugin->stages.end())
    return input_error("plugin " + plugin->path + " no longer carries stage " + stage);
  auto member = std::make_unique<Member>();
  member->description = &*found;
  member->ctx.stage = &*found;
  member->ctx.options = &member->options;
  member->ctx.arguments = &member->arguments;
  member->ctx.facts = &member->facts;
  member->ctx.site = &site_;
  member->instance = found->ops.create(host_functions());
  if (member->instance == nullptr) return internal_error("stage " + stage + " could not be created");
  Member* const lent = member.get();
  members_[stage] = std::move(member);
  return lent;
}

Result<void> PluginCalls::perform(const std::string& stage, std::string_view, std::string_view) {
  return internal_error("stage " + stage + " is here to release only");
}

Result<void> PluginCalls::release(const std::string& stage, std::string_view name, std::string_view payload,
                                  uint32_t why) {
  JR_ASSIGN(Member* const owner, member(stage));
  if (owner->description->ops.release == nullptr) return {};
  return owner->ctx.guarded([&] {
    return owner->description->ops.release(owner->instance, &owner->ctx, to_str(name),
                                           {payload.data(), payload.size()}, why);
  });
}

Result<bool> PluginCalls::command(const std::string& stage, const std::string& verb,
                                  const std::vector<std::string>& words, const std::string& name,
                                  const std::string& payload) {
  JR_ASSIGN(Member* const owner, member(stage));
  const auto& ops = owner->description->ops;
  if (ops.command == nullptr) return input_error("stage " + stage + " takes no commands");
  std::vector<jr_str> list;
  for (const std::string& word : words) list.push_back(to_str(word));
  bool is_mine = true;
  JR_TRY(owner->ctx.guarded([&] {
    const jr_status status =
        ops.command(owner->instance, &owner->ctx, to_str(verb), {list.data(), list.size()}, to_str(name),
                    {payload.data(), payload.size()});
    is_mine = status != JR_NOT_MINE;
    return is_mine ? status : JR_OK;
  }));
  return is_mine;
}

Result<void> PluginCalls::set(const std::string& name, std::string_view) {
  return internal_error("the slot " + name + " can be set in perform only");
}

const std::string* PluginCalls::find(const std::string& name) const {
  const auto found = ledger_.slots.find(name);
  return found == ledger_.slots.end() ? nullptr : &found->second;
}

}  // namespace jailrun::core
