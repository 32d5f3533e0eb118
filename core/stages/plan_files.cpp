// SPDX-License-Identifier: Apache-2.0
// Planning what a jail's directories hold: its name, its root, files, nodes.
#include "core/actions/alias.hpp"
#include "core/actions/claim.hpp"
#include "core/actions/copy.hpp"
#include "core/actions/directory.hpp"
#include "core/actions/file.hpp"
#include "core/actions/node.hpp"
#include "core/actions/process/descriptors.hpp"
#include "core/actions/symlink.hpp"
#include "core/stages/facts.hpp"
#include "core/stages/planning.hpp"
#include "jailrun/action_rules.hpp"
#include "jailrun/strings.hpp"

namespace jailrun::core::planning {

Result<void> claim(jr_ctx& ctx, jr_str base, jr_str name, jr_str id) {
  if (ctx.draft->claimed) return internal_error("the jail's name is claimed twice");
  const JailName jail = {to_string(base), to_string(name), to_string(id)};
  for (const std::string& component : {jail.name, jail.id})
    if (!action_rules::is_file_name(component))
      return input_error("'" + component + "' can't be the name of a directory below " + jail.base);
  ctx.draft->claimed = true;
  const Facts::Value* const gid = ctx.facts->find("jail.gid");
  const bool has_group = gid != nullptr && std::holds_alternative<uint64_t>(*gid);
  JR_TRY(append<ClaimAction>(ctx, jail, has_group ? static_cast<gid_t>(std::get<uint64_t>(*gid)) : 0));
  return {};
}

Result<void> alias(jr_ctx& ctx, jr_str given) {
  const std::string name = to_string(given);
  if (!ctx.draft->claimed) return internal_error("an alias is planned before the jail's name is claimed");
  if (!action_rules::is_file_name(name))
    return input_error("'" + name + "' can't be the name of a directory");
  JR_TRY(append<AliasAction>(ctx, name));
  return {};
}

Result<void> root(jr_ctx& ctx, const jr_directory& arguments) {
  if (arguments.path.where != JR_ON_HOST) return internal_error("the jail's root must be a host path");
  JR_ASSIGN(const std::string path, jail_or_host_path(ctx, arguments.path));
  std::string& planned = ctx.draft->root;
  if (path == planned) return {};  // made once, by the stage that mounts on it
  if (!planned.empty()) return internal_error("the jail's root is planned as " + planned + " and as " + path);
  planned = path;
  JR_ASSIGN(const sys::Ownership owned, ownership(ctx, arguments.mode, arguments.owner));
  JR_TRY(append<RootAction>(ctx, path, owned));
  return {};
}

Result<void> directory(jr_ctx& ctx, const jr_directory& arguments) {
  JR_ASSIGN(const std::string path, jail_or_host_path(ctx, arguments.path));
  const bool on_host = arguments.path.where == JR_ON_HOST;
  const Draft::InJail* const filesystem = on_host ? nullptr : filesystem_at(ctx, path);
  // Its root is the directory.
  if (filesystem != nullptr && filesystem->is_prepared) return {};
  JR_ASSIGN(const sys::Ownership owned, ownership(ctx, arguments.mode, arguments.owner));
  if (!on_host) return append_at<DirectoryAction>(ctx, path, false, path, owned);
  JR_TRY(append<DirectoryAction>(ctx, true, path, owned));
  return {};
}

Result<void> write(jr_ctx& ctx, const jr_write& arguments) {
  JR_ASSIGN(const std::string path, jail_path(ctx, arguments.path));
  JR_ASSIGN(const sys::Ownership owned, ownership(ctx, arguments.mode, arguments.owner));
  return append_at<WriteAction>(ctx, path, path, owned, std::string(to_view(arguments.content)));
}

Result<void> copy(jr_ctx& ctx, const jr_copy& arguments) {
  JR_ASSIGN(const std::string path, jail_path(ctx, arguments.path));
  JR_ASSIGN(const std::string source, host_path(arguments.source));
  JR_ASSIGN(const sys::Ownership owned, ownership(ctx, arguments.mode, arguments.owner));
  return append_at<CopyAction>(ctx, path, source, path, owned, (arguments.flags & JR_COPY_REFLINK) != 0);
}

Result<void> link(jr_ctx& ctx, const jr_link& arguments) {
  JR_ASSIGN(const std::string path, jail_path(ctx, arguments.path));
  JR_ASSIGN(const std::string source, host_path(arguments.source));
  return append_at<LinkAction>(ctx, path, source, path);
}

Result<void> symlink(jr_ctx& ctx, const jr_symlink& arguments) {
  JR_ASSIGN(const std::string path, jail_path(ctx, arguments.path));
  return append_at<SymlinkAction>(ctx, path, path, to_string(arguments.target));
}

Result<void> node(jr_ctx& ctx, const jr_node& arguments) {
  JR_ASSIGN(const std::string path, jail_path(ctx, arguments.path));
  const DeviceNumber number = {arguments.type == JR_NODE_BLOCK, arguments.major, arguments.minor};
  JR_ASSIGN(const sys::Ownership owned, ownership(ctx, arguments.mode, arguments.owner));
  return append_at<NodeAction>(ctx, path, path, number, owned, (arguments.flags & JR_NODE_MAY_FAIL) != 0);
}

Result<void> pid_file(jr_ctx& ctx, jr_path at, uint32_t mode, jr_owner owner) {
  JR_ASSIGN(const std::string path, jail_path(ctx, at));
  JR_TRY(action_rules::judge_mode(mode));
  JR_ASSIGN(const sys::Ownership owned, ownership(ctx, mode, owner));
  return append_at<PidFileAction>(ctx, path, path, owned);
}

}  // namespace jailrun::core::planning
