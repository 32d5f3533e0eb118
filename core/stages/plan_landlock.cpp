// SPDX-License-Identifier: Apache-2.0
// Planning what the program may do with files and ports.
#include "core/actions/process/landlock.hpp"
#include "core/base/log.hpp"
#include "core/stages/planning.hpp"
#include "core/sys/landlock.hpp"

namespace jailrun::core::planning {
namespace {

// A path in the jail; here "/" is one too.
Result<std::string> rule_path(jr_ctx& ctx, const jr_path& path) {
  if (to_string(path.text) == "/") return std::string("/");
  return jail_path(ctx, path);
}

std::string kernels(int abi) {
  if (abi == 0)
    return "this kernel has no Landlock, or it was not enabled at boot: /sys/kernel/security/lsm names it "
           "where it was";
  return "this kernel's Landlock has ABI " + std::to_string(abi);
}

}  // namespace

int (*landlock_abi)() = sys::landlock_abi;

Result<void> landlock(jr_ctx& ctx, const jr_landlock& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("landlock");
  JR_TRY(needs_trait(ctx, JR_TRAIT_RESTRICTS, "landlock needs the trait JR_TRAIT_RESTRICTS"));
  if (!ctx.draft->enters_root)
    return internal_error("landlock is planned before new_root: its stage must come after chroot-builder");
  LandlockRules rules = {arguments.files, arguments.ports, arguments.scopes, {}, {}};
  for (uint64_t i = 0; i < arguments.path_count; ++i) {
    JR_ASSIGN(std::string path, rule_path(ctx, arguments.paths[i].path));
    rules.paths.push_back({std::move(path), arguments.paths[i].access});
  }
  for (uint64_t i = 0; i < arguments.port_count; ++i)
    rules.port_rules.push_back({arguments.port_rules[i].port, arguments.port_rules[i].access});
  const int abi = landlock_abi();
  JR_ASSIGN(const LandlockAction* const action, append<LandlockAction>(ctx, rules, abi));
  if (action->lost().empty()) return {};
  const std::string sentence = kernels(abi) + ", so this can't be restricted: " + action->lost();
  if ((arguments.flags & JR_LANDLOCK_IF_SUPPORTED) == 0)
    return Error{JR_ERROR_UNSUPPORTED, 0, sentence + "; 'unsupported = warn' goes without it"};
  log::warning("stage " + std::string(ctx.stage->id) + ": " + sentence);
  return {};
}

}  // namespace jailrun::core::planning
