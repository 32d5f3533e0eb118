// SPDX-License-Identifier: Apache-2.0
// Planning a user namespace, which the credentials enter.
#include "core/actions/process/credentials.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/stages/planning.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <fcntl.h>

namespace jailrun::core::planning {
namespace {

// In a container jailrun itself may have few ids, and the kernel would refuse others when the jail is made.
Result<void> check_known(const char* file, const std::string& what, const sys::IdRanges& ranges) {
  constexpr size_t kLongest = 64UL * 1024;  // 340 lines of three numbers have less
  const UniqueFd opened(open(file, O_RDONLY | O_CLOEXEC));
  if (!opened) return {};  // the kernel will tell
  const Result<std::string> map = sys::read_all(opened.get(), file, kLongest);
  if (!map) return {};
  const std::optional<uint32_t> unknown = sys::first_unknown_id(ranges, map.value());
  if (!unknown) return {};
  return input_error("the " + what + " " + std::to_string(*unknown) +
                     " can't be mapped, as it does not exist in the user namespace that jailrun is in");
}

bool is_alone(const sys::IdRanges& ranges, uint32_t id) {
  return ranges.size() == 1 && ranges[0].inside == id && ranges[0].outside == id && ranges[0].count == 1;
}

// Without root the kernel lets a process map its own ids alone, and only without setgroups. Under other
// numbers they could not own files in filesystems that are made inside.
Result<void> make_first(const jr_ctx& ctx, UserNamespace& wanted) {
  if (!wanted.missing.empty())
    return Error{JR_ERROR_UNSUPPORTED, 0,
                 wanted.missing + ", and without root nothing can be done without one"};
  if (std::string refused = sys::refused_user_namespace(); !refused.empty())
    return Error{JR_ERROR_UNSUPPORTED, 0, std::move(refused)};
  const jr_owner caller = *ctx.draft->sole_owner;
  if (!is_alone(wanted.maps.uids, caller.uid) || !is_alone(wanted.maps.gids, caller.gid))
    return input_error(
        "without root the program's ids are the caller's, and no others are mapped: give --uid " +
        std::to_string(caller.uid) + " and --gid " + std::to_string(caller.gid) +
        ", and of map-ids only self");
  if (wanted.maps.has_setgroups)
    return input_error(
        "without root the kernel allows no setgroups in a user namespace: leave setgroups = allow out");
  wanted.is_first = true;
  return {};
}

Result<void> plan_lease(jr_ctx& ctx, const jr_user_namespace& arguments,
                        const std::shared_ptr<UserNamespace>& wanted) {
  LeaseIdsAction::Lease lease = {{}, arguments.lease_inside, arguments.lease_count};
  lease.pool.assign(arguments.lease_pool, arguments.lease_pool + arguments.lease_pool_count);
  JR_TRY(check_known("/proc/self/uid_map", "uid", lease.pool));
  JR_TRY(check_known("/proc/self/gid_map", "gid", lease.pool));
  JR_TRY(append<LeaseIdsAction>(ctx, std::move(lease), wanted));
  return {};
}

}  // namespace

Result<void> user_namespace(jr_ctx& ctx, const jr_user_namespace& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("user_namespace");
  if (ctx.draft->user_namespace != nullptr)
    return input_error("a user namespace is planned already, by stage " + ctx.draft->user_namespace_stage);
  if (ctx.draft->credentials != nullptr)
    return input_error("a user namespace must be planned before the credentials, which enter it; stage " +
                       ctx.draft->credentials->stage() + " has planned them");
  if (ctx.draft->mapping_namespace == nullptr)
    ctx.draft->mapping_namespace = std::make_shared<UserNamespace>();
  const std::shared_ptr<UserNamespace> wanted = ctx.draft->mapping_namespace;
  wanted->maps.uids.assign(arguments.uids, arguments.uids + arguments.uid_count);
  wanted->maps.gids.assign(arguments.gids, arguments.gids + arguments.gid_count);
  wanted->maps.has_setgroups = (arguments.flags & JR_USER_NAMESPACE_SETGROUPS) != 0;
  wanted->maps.is_nestable = (arguments.flags & JR_USER_NAMESPACE_NESTED) != 0;
  wanted->missing = sys::missing_user_namespace();
  if (!wanted->missing.empty() && (arguments.flags & JR_NAMESPACE_IF_SUPPORTED) == 0)
    return Error{JR_ERROR_UNSUPPORTED, 0, wanted->missing};
  if (wanted->missing.empty()) {
    if (!sys::is_proc_mounted()) return sys::no_proc("mapping the ids of a user namespace");
    JR_TRY(check_known("/proc/self/uid_map", "uid", wanted->maps.uids));
    JR_TRY(check_known("/proc/self/gid_map", "gid", wanted->maps.gids));
    if (arguments.lease_count != 0) JR_TRY(plan_lease(ctx, arguments, wanted));
  }
  if (ctx.draft->sole_owner) JR_TRY(make_first(ctx, *wanted));
  ctx.draft->user_namespace = wanted;
  ctx.draft->user_namespace_stage = std::string(ctx.stage->id);
  if (wanted->is_first)
    JR_TRY(append<FirstUserNamespaceAction>(ctx, wanted));
  else
    JR_TRY(append<UserNamespaceAction>(ctx, wanted));
  return {};
}

}  // namespace jailrun::core::planning
