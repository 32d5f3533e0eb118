// SPDX-License-Identifier: Apache-2.0
// Planning what the program may call.
#include "core/actions/process/filter.hpp"
#include "core/seccomp/evaluate.hpp"
#include "core/stages/planning.hpp"

#include <cerrno>
#include <cstring>

#include <linux/seccomp.h>
#include <sys/random.h>

namespace jailrun::core::planning {
namespace {

uint32_t kernel_flags(uint32_t flags) {
  return ((flags & JR_FILTER_LOG) != 0 ? SECCOMP_FILTER_FLAG_LOG : 0U) |
         ((flags & JR_FILTER_SPEC_ALLOW) != 0 ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0U);
}

// One program has one exec, so the filters of a plan that ask for a key would ask for the same one.
Result<seccomp::ExecKey> draw_key(const jr_ctx& ctx) {
  for (const auto& other : ctx.draft->filters)
    if (static_cast<const FilterAction&>(*other).filter().exec_key)
      return input_error("another filter lets one exec through already");
  seccomp::ExecKey key;
  if (getrandom(key.data(), sizeof key, 0) != static_cast<ssize_t>(sizeof key))
    return system_error(errno, "draw a key for the exec");
  return key;
}

}  // namespace

Result<void> filter(jr_ctx& ctx, const jr_filter& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("filter");
  JR_TRY(needs_trait(ctx, JR_TRAIT_RESTRICTS, "filter needs the trait JR_TRAIT_RESTRICTS"));
  FilterAction::Filter filter = {
      to_string(arguments.name), to_string(arguments.line), {}, kernel_flags(arguments.flags), {}};
  filter.program.resize(arguments.program.length / sizeof(sock_filter));
  memcpy(filter.program.data(), arguments.program.data, arguments.program.length);
  if (const std::string fault = seccomp::fault_of(seccomp::view(filter.program)); !fault.empty())
    return input_error("the filter " + filter.name + " can't be loaded: " + fault);
  if ((arguments.flags & JR_FILTER_EXEC_ONCE) != 0) {
    JR_ASSIGN(filter.exec_key, draw_key(ctx));
    filter.program = seccomp::exec_once(
        seccomp::view(filter.program), *filter.exec_key,
        (arguments.flags & JR_FILTER_EXEC_KILLS) != 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM);
    if (const std::string fault = seccomp::fault_of(seccomp::view(filter.program)); !fault.empty())
      return input_error("the filter " + filter.name + " can't let one exec through alone: " + fault);
  }
  hold_back(ctx, ctx.draft->filters, std::make_unique<FilterAction>(std::move(filter)));
  return {};
}

}  // namespace jailrun::core::planning
