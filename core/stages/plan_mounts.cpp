// SPDX-License-Identifier: Apache-2.0
// Planning mounts: the jail's new root, what is mounted on it, and what is mounted in it.
#include "core/actions/filesystem.hpp"
#include "core/actions/mount.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/actions/root_mount.hpp"
#include "core/stages/planning.hpp"

namespace jailrun::core::planning {
namespace {

// Mounts belong in the jail's own mount namespace: before new_root they would be made in the host's.
Result<void> needs_new_root(const jr_ctx& ctx, const char* function) {
  if (ctx.draft->enters_root) return {};
  return internal_error(std::string(function) +
                        " is planned before new_root: its stage must come after chroot-builder");
}

// Once, and before anything is put into the root that the mount would hide.
Result<void> begin_root_mount(jr_ctx& ctx) {
  if (ctx.draft->root.empty()) return internal_error("a mount on the jail's root is planned before the root");
  if (ctx.draft->is_root_mounted) return internal_error("the jail's root is mounted twice");
  if (ctx.draft->is_root_filled)
    return internal_error(
        "the jail's root is mounted after something was put into it: the stage must come before "
        "chroot-builder");
  ctx.draft->is_root_mounted = true;
  return {};
}

sys::NewMount new_mount(const jr_mount& arguments) {
  return {to_string(arguments.type), to_string(arguments.source), to_string(arguments.data),
          arguments.flags & ~JR_MOUNT_PREPARE};
}

Result<void> mount_root(jr_ctx& ctx, const jr_mount& arguments) {
  JR_TRY(begin_root_mount(ctx));
  JR_TRY(append<MountRootAction>(ctx, ctx.draft->root, new_mount(arguments)));
  return {};
}

// A file that one stage has put in the jail and that the mount of another hides would be missed by the
// program, or, where it is a mount that masks something, not hide that.
Result<void> begin_filesystem(jr_ctx& ctx, const std::string& path, bool is_prepared) {
  const std::string stage(ctx.stage->id);
  if (const Draft::InJail* const other = filesystem_at(ctx, path))
    return input_error("a filesystem is mounted at " + path + " already, by stage " + other->stage);
  for (const Draft::InJail& one : ctx.draft->paths)
    if (is_below(one.path, path))
      return input_error("what is mounted at " + path + " would hide " + one.path + " of stage " + one.stage +
                         (is_prepared ? ": stage " + stage + " must come before that" : ""));
  ctx.draft->filesystems.push_back({path, stage, is_prepared});
  return {};
}

}  // namespace

Result<void> new_root(jr_ctx& ctx) {
  const std::string& root = ctx.draft->root;
  if (root.empty()) return internal_error("new_root is planned before the jail's root");
  ctx.draft->enters_root = true;
  JR_ASSIGN(const OpenTemplateAction* const opened, append<OpenTemplateAction>(ctx));
  JR_TRY(append<NewRootAction>(ctx, root, opened->origin()));
  return {};
}

Result<void> bind(jr_ctx& ctx, const jr_bind& arguments) {
  JR_TRY(needs_new_root(ctx, "bind"));
  JR_ASSIGN(const std::string path, jail_path(ctx, arguments.path));
  JR_ASSIGN(const std::string source, host_path(arguments.source));
  JR_ASSIGN(const TakeTreeAction* const taken, append<TakeTreeAction>(ctx, source, arguments.flags));
  std::shared_ptr<UserNamespace>& mapping = ctx.draft->mapping_namespace;
  const bool is_mapped = (arguments.flags & JR_BIND_IDMAP) != 0;
  const bool goes_without = (arguments.flags & JR_BIND_IDMAP_IF_SUPPORTED) != 0;
  if (is_mapped && !goes_without && !sys::can_set_mounts())
    return Error{
        JR_ERROR_UNSUPPORTED, 0,
        "this kernel can't map the owners of a bind: Linux 5.12 can; 'unsupported = warn' goes without it"};
  if (is_mapped && mapping == nullptr) mapping = std::make_shared<UserNamespace>();
  JR_TRY(append<BindAction>(ctx, path, taken->tree(), is_mapped ? mapping : nullptr, goes_without));
  return {};
}

Result<void> mount(jr_ctx& ctx, const jr_mount& arguments) {
  const bool is_prepared = (arguments.flags & JR_MOUNT_PREPARE) != 0;
  if (is_prepared && to_string(arguments.path.text) == "/") return mount_root(ctx, arguments);
  JR_TRY(needs_new_root(ctx, "mount"));
  if (is_prepared && ctx.draft->choice != nullptr)
    return not_in_alternative("a filesystem that is made in prepare");
  JR_ASSIGN(const std::string path, jail_path(ctx, arguments.path));
  JR_TRY(begin_filesystem(ctx, path, is_prepared));
  if (is_prepared) {
    JR_TRY(append<FilesystemAction>(ctx, path, new_mount(arguments)));
    JR_TRY(append<MountFilesystemAction>(ctx, path, arguments.flags & ~JR_MOUNT_PREPARE));
  } else {
    JR_TRY(append<MountAction>(ctx, path, new_mount(arguments)));
  }
  return {};
}

Result<void> read_only_root(jr_ctx& ctx) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("read_only_root");
  JR_TRY(needs_new_root(ctx, "read_only_root"));
  if (ctx.draft->is_root_sealed) return {};
  ctx.draft->is_root_sealed = true;
  hold_back(ctx, ctx.draft->root_seal, std::make_unique<ReadOnlyRootAction>(ctx.draft->root));
  return {};
}

Result<void> overlay_root(jr_ctx& ctx, const jr_overlay& arguments) {
  JR_TRY(begin_root_mount(ctx));
  JR_ASSIGN(const std::string lower, host_path(arguments.lower));
  JR_TRY(append<OverlayRootAction>(ctx, ctx.draft->root, lower,
                                   sys::Ownership{arguments.mode, arguments.owner}, arguments.flags));
  return {};
}

}  // namespace jailrun::core::planning
