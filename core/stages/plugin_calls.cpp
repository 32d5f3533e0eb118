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

PluginCalls::PluginCalls(const Ledger& ledger) : ledger_(ledger), loader_(trust_, {}) {}

PluginCalls::~PluginCalls() {
  for (const auto& [id, member] : members_)
    if (member->description->ops.destroy != nullptr) member->description->ops.destroy(member->instance);
}

Result<PluginCalls::Member*> PluginCalls::member(const std::string& stage) {
  if (const auto known = members_.find(stage); known != members_.end()) return known->second.get();
  const auto file = ledger_.plugins.find(stage);
  if (file == ledger_.plugins.end())
    return input_error("the ledger does not name the plugin of stage " + stage);
  JR_ASSIGN(const Plugin* const plugin, loader_.load_installed(stage, file->second.path));
  const auto same = [&](const StageDescription& one) { return one.id == stage; };
  const auto found = std::find_if(plugin->stages.begin(), plugin->stages.end(), same);
  if (found == plugin->stages.end())
    return input_error("plugin " + plugin->path + " no longer has stage " + stage);
  auto member = std::make_unique<Member>();
  member->description = &*found;
  member->ctx.stage = &*found;
  member->ctx.options = &member->options;
  member->ctx.arguments = &member->arguments;
  member->ctx.facts = &member->facts;
  watch_exit();
  {
    const AtWork at_work("stage", found->id, "being created");
    member->instance = found->ops.create(host_functions());
  }
  if (member->instance == nullptr) return internal_error("stage " + stage + " could not be created");
  Member* const borrowed = member.get();
  members_[stage] = std::move(member);
  return borrowed;
}

Result<void> PluginCalls::perform(const StageCall& call, const CallContext&) {
  return internal_error("stage " + call.stage + " is here to release only");
}

Result<void> PluginCalls::release(const StageCall& call, const CallContext& context, uint32_t reason) {
  JR_ASSIGN(Member* const owner, member(call.stage));
  if (owner->description->ops.release == nullptr) return {};
  owner->ctx.enter(context);
  return owner->ctx.guarded("releasing", [&] {
    return owner->description->ops.release(owner->instance, &owner->ctx, to_str(call.name),
                                           {call.payload.data(), call.payload.size()}, reason);
  });
}

Result<bool> PluginCalls::command(const StageCall& call, const std::string& verb,
                                  const std::vector<std::string>& words) {
  JR_ASSIGN(Member* const owner, member(call.stage));
  const auto& ops = owner->description->ops;
  if (ops.command == nullptr) return input_error("stage " + call.stage + " takes no commands");
  std::vector<jr_str> list;
  for (const std::string& word : words) list.push_back(to_str(word));
  bool is_mine = true;
  owner->ctx.enter({ledger_.token, this});
  JR_TRY(owner->ctx.guarded("obeying a command", [&] {
    const jr_status status =
        ops.command(owner->instance, &owner->ctx, to_str(verb), {list.data(), list.size()}, to_str(call.name),
                    {call.payload.data(), call.payload.size()});
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
