// SPDX-License-Identifier: Apache-2.0
// Planning the namespaces that the process joins, and those of its own.
#include "core/actions/process/init.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/stages/planning.hpp"
#include "core/sys/process.hpp"

namespace jailrun::core::planning {

Result<void> join(jr_ctx& ctx, const jr_join& arguments) {
  JR_ASSIGN(const std::string path, host_path(arguments.path));
  JR_ASSIGN(const OpenNamespaceAction* const open, append<OpenNamespaceAction>(ctx, path, arguments.type));
  JR_TRY(append<JoinNamespaceAction>(ctx, path, arguments.type, open->opened()));
  return {};
}

Result<void> pid_namespace(jr_ctx& ctx) {
  JR_TRY(needs_trait(ctx, JR_TRAIT_FORKS, "pid_namespace needs the trait JR_TRAIT_FORKS"));
  JR_TRY(append<PidNamespaceAction>(ctx));
  ctx.draft->has_pid_namespace = true;
  return {};
}

Result<void> init(jr_ctx& ctx) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("init");
  if (!ctx.draft->has_pid_namespace) return internal_error("init is planned without a new pid namespace");
  if (ctx.draft->has_init) return internal_error("init is planned twice");
  ctx.draft->has_init = true;
  JR_ASSIGN(const OpenInitAction* const open, append<OpenInitAction>(ctx));
  hold_back(ctx, ctx.draft->before_limits, std::make_unique<InitAction>(open->opened()));
  return {};
}

Result<void> new_namespace(jr_ctx& ctx, const jr_new_namespace& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("new_namespace");
  NewNamespaceAction::Namespace wanted;
  wanted.type = arguments.type;
  wanted.hostname = to_string(arguments.hostname);
  wanted.domainname = to_string(arguments.domainname);
  wanted.offsets = {arguments.monotonic, arguments.boottime};
  wanted.missing = sys::missing_namespace(arguments.type);
  if (!wanted.missing.empty() && (arguments.flags & JR_NAMESPACE_IF_SUPPORTED) == 0)
    return Error{JR_ERROR_UNSUPPORTED, 0, wanted.missing};
  if (wanted.missing.empty() && !wanted.offsets.are_none()) {
    constexpr const char* kPurpose = "setting the offsets of clocks";
    if (!sys::is_proc_mounted()) return sys::no_proc(kPurpose);
    JR_ASSIGN(const OpenProcAction* const open, append<OpenProcAction>(ctx, kPurpose));
    wanted.proc = open->opened();
  }
  JR_TRY(append<NewNamespaceAction>(ctx, std::move(wanted)));
  return {};
}

}  // namespace jailrun::core::planning
