// SPDX-License-Identifier: Apache-2.0
#include "core/stages/planning.hpp"

#include "jailrun/action_rules.hpp"
#include "jailrun/strings.hpp"

namespace jailrun::core::planning {

std::string to_string(jr_str text) { return std::string(to_view(text)); }

Error not_in_alternative(std::string_view what) {
  return internal_error(std::string(what) + " can't be planned in an alternative");
}

Result<void> join_alternative(jr_ctx& ctx, Action& action) {
  const std::shared_ptr<Choice>& choice = ctx.draft->choice;
  if (choice == nullptr) return {};
  if (choice->names.empty())
    return internal_error("an action is planned between first_of and its first alternative");
  if (!action.has(kRepeatable)) return not_in_alternative(action.verb());
  action.set_alternative(choice, choice->names.size() - 1);
  return {};
}

Result<sys::Ownership> ownership(const jr_ctx& ctx, uint32_t mode, jr_owner owner) {
  const std::optional<jr_owner>& sole = ctx.draft->sole_owner;
  if (!sole) return sys::Ownership{mode, owner};
  const bool is_known =
      (owner.uid == 0 || owner.uid == sole->uid) && (owner.gid == 0 || owner.gid == sole->gid);
  if (is_known) return sys::Ownership{mode, *sole};
  return input_error("nothing can be owned by " + std::to_string(owner.uid) + ":" +
                     std::to_string(owner.gid) + " without root: what a jail holds is the caller's, " +
                     std::to_string(sole->uid) + ":" + std::to_string(sole->gid));
}

Result<std::string> jail_or_host_path(jr_ctx& ctx, const jr_path& path) {
  JR_TRY(action_rules::judge(path));
  std::string text = to_string(path.text);
  if (path.where == JR_IN_JAIL && ctx.draft->root.empty())
    return internal_error("'" + text + "' is planned in the jail before the jail's root is planned");
  if (!ctx.draft->claimed)
    return internal_error("'" + text + "' is planned before the jail's name is claimed");
  if (path.where == JR_IN_JAIL) {
    ctx.draft->is_root_filled = true;
    ctx.draft->paths.push_back({text, std::string(ctx.stage->id)});
  }
  return text;
}

Result<std::string> jail_path(jr_ctx& ctx, const jr_path& path) {
  JR_TRY(action_rules::judge_in_jail(path));
  return jail_or_host_path(ctx, path);
}

const Draft::InJail* filesystem_at(const jr_ctx& ctx, const std::string& path) {
  for (const Draft::InJail& one : ctx.draft->filesystems)
    if (one.path == path) return &one;
  return nullptr;
}

void note_filesystem(const jr_ctx& ctx, Action& action, const std::string& path) {
  for (const Draft::InJail& one : ctx.draft->filesystems)
    if (one.is_prepared && is_below(path, one.path) && one.path.size() > action.filesystem().size())
      action.set_filesystem(one.path);
}

Result<std::string> host_path(jr_str path) {
  JR_TRY(action_rules::judge_source(path));
  return to_string(path);
}

Result<void> needs_trait(const jr_ctx& ctx, uint32_t trait, const char* sentence) {
  return ctx.stage->has_trait(trait) ? Result<void>() : internal_error(sentence);
}

void hold_back(const jr_ctx& ctx, std::vector<std::unique_ptr<Action>>& held,
               std::unique_ptr<Action> action) {
  action->set_stage(std::string(ctx.stage->id));
  held.push_back(std::move(action));
}

void append_held(const jr_ctx& ctx, std::vector<std::unique_ptr<Action>>& held) {
  for (std::unique_ptr<Action>& one : held) ctx.draft->part->append(std::move(one));
  held.clear();
}

}  // namespace jailrun::core::planning
