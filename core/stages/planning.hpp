// SPDX-License-Identifier: Apache-2.0
// The functions that a stage plans with, one for each member of jr_actions: each validates its
// arguments and appends actions to the part of the plan that the stage fills. action_functions.cpp
// turns them into C functions.
#pragma once

#include "core/stages/context.hpp"
#include "core/sys/files.hpp"
#include "jailrun/plugin.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace jailrun::core::planning {

// core/stages/plan_files.cpp
Result<void> claim(jr_ctx& ctx, jr_str base, jr_str name, jr_str id);
Result<void> alias(jr_ctx& ctx, jr_str given);
Result<void> root(jr_ctx& ctx, const jr_directory& arguments);
Result<void> directory(jr_ctx& ctx, const jr_directory& arguments);
Result<void> write(jr_ctx& ctx, const jr_write& arguments);
Result<void> copy(jr_ctx& ctx, const jr_copy& arguments);
Result<void> link(jr_ctx& ctx, const jr_link& arguments);
Result<void> symlink(jr_ctx& ctx, const jr_symlink& arguments);
Result<void> node(jr_ctx& ctx, const jr_node& arguments);
Result<void> pid_file(jr_ctx& ctx, jr_path at, uint32_t mode, jr_owner owner);

// core/stages/plan_mounts.cpp
Result<void> new_root(jr_ctx& ctx);
Result<void> bind(jr_ctx& ctx, const jr_bind& arguments);
Result<void> mount(jr_ctx& ctx, const jr_mount& arguments);
Result<void> overlay_root(jr_ctx& ctx, const jr_overlay& arguments);
Result<void> read_only_root(jr_ctx& ctx);

// core/stages/plan_process.cpp
Result<void> close_inherited(jr_ctx& ctx, const uint32_t* keep, uint64_t count);
Result<void> cgroup(jr_ctx& ctx, const jr_cgroup& arguments);
Result<void> numa(jr_ctx& ctx, const jr_numa& arguments);
Result<void> session(jr_ctx& ctx, const jr_session& arguments);
Result<void> credentials(jr_ctx& ctx, const jr_credentials& arguments);
Result<void> limit(jr_ctx& ctx, const jr_limit& arguments);
Result<void> time_limit(jr_ctx& ctx, const jr_time_limit& arguments);
Result<void> exec(jr_ctx& ctx, const jr_exec& arguments);

// core/stages/plan_namespaces.cpp
Result<void> join(jr_ctx& ctx, const jr_join& arguments);
Result<void> pid_namespace(jr_ctx& ctx);
Result<void> init(jr_ctx& ctx);
Result<void> new_namespace(jr_ctx& ctx, const jr_new_namespace& arguments);

// core/stages/plan_user_namespace.cpp
Result<void> user_namespace(jr_ctx& ctx, const jr_user_namespace& arguments);

// core/stages/plan_helper.cpp
Result<void> helper(jr_ctx& ctx, const jr_helper& arguments);

// core/stages/plan_filter.cpp
Result<void> filter(jr_ctx& ctx, const jr_filter& arguments);

// core/stages/plan_landlock.cpp
Result<void> landlock(jr_ctx& ctx, const jr_landlock& arguments);
extern int (*landlock_abi)();  // the kernel's; a test puts another kernel's in its place

// core/stages/plan_capabilities.cpp
Result<void> capabilities(jr_ctx& ctx, const jr_capabilities& arguments);

// core/stages/plan_attributes.cpp
Result<void> attribute(jr_ctx& ctx, const jr_attribute& arguments);

// core/stages/plan_devices.cpp
Result<void> device_rules(jr_ctx& ctx, const jr_device_rules& arguments);
extern std::string (*device_program_fault)(const std::string& mount);  // the kernel's; a test's is another

// core/stages/plan_label.cpp
Result<void> label(jr_ctx& ctx, const jr_label& arguments);
extern std::string (*label_fault)(uint32_t kind);  // the kernel's; a test's is another

// core/stages/plan_choices.cpp
Result<void> call(jr_ctx& ctx, const jr_call& arguments);
Result<void> first_of(jr_ctx& ctx);
Result<void> alternative(jr_ctx& ctx, jr_str given);
Result<void> end_first_of(jr_ctx& ctx);

// What these functions have in common: core/stages/planning.cpp.

std::string to_string(jr_str text);

// As it was asked for; without root, the caller's in root's place.
Result<sys::Ownership> ownership(const jr_ctx& ctx, uint32_t mode, jr_owner owner);

// A path in the jail, absolute and without empty, "." and ".." components. Must be planned after the claim
// and the root.
Result<std::string> jail_path(jr_ctx& ctx, const jr_path& path);
inline bool is_below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() + 1 && path.compare(0, directory.size() + 1, directory + "/") == 0;
}
// The filesystem that is mounted at this path of the jail in enter; nullptr: none.
const Draft::InJail* filesystem_at(const jr_ctx& ctx, const std::string& path);
// If the path is below a filesystem that is made in prepare, the action is done in that.
void note_filesystem(const jr_ctx& ctx, Action& action, const std::string& path);
// The same, or such a path on the host.
Result<std::string> jail_or_host_path(jr_ctx& ctx, const jr_path& path);
// An absolute path on the host.
Result<std::string> host_path(jr_str path);

Error not_in_alternative(std::string_view what);
// Makes the action a part of the alternative that is being planned, if one is.
Result<void> join_alternative(jr_ctx& ctx, Action& action);

Result<void> needs_trait(const jr_ctx& ctx, uint32_t trait, const char* sentence);
// For later: part of no alternative.
void hold_back(const jr_ctx& ctx, std::vector<std::unique_ptr<Action>>& held, std::unique_ptr<Action> action);
void append_held(const jr_ctx& ctx, std::vector<std::unique_ptr<Action>>& held);

// Appends an action of this type, which is borrowed.
template <class T, class... Arguments>
Result<T*> append(jr_ctx& ctx, Arguments&&... arguments) {
  auto action = std::make_unique<T>(std::forward<Arguments>(arguments)...);
  action->set_stage(std::string(ctx.stage->id));
  JR_TRY(join_alternative(ctx, *action));
  T* borrowed = action.get();
  ctx.draft->part->append(std::move(action));
  return borrowed;
}

// The same for one that makes something at this path of the jail.
template <class T, class... Arguments>
Result<void> append_at(jr_ctx& ctx, const std::string& path, Arguments&&... arguments) {
  JR_ASSIGN(T* const action, append<T>(ctx, std::forward<Arguments>(arguments)...));
  note_filesystem(ctx, *action, path);
  return {};
}

}  // namespace jailrun::core::planning
