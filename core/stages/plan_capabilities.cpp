// SPDX-License-Identifier: Apache-2.0
// Planning which capabilities the program has.
#include "core/actions/process/capabilities.hpp"
#include "core/stages/planning.hpp"

namespace jailrun::core::planning {

Result<void> capabilities(jr_ctx& ctx, const jr_capabilities& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("capabilities");
  JR_TRY(needs_trait(ctx, JR_TRAIT_RESTRICTS, "capabilities needs the trait JR_TRAIT_RESTRICTS"));
  if (!ctx.draft->capabilities.empty())
    return input_error("the program's capabilities are planned already, by stage " +
                       ctx.draft->capabilities.front()->stage());
  const sys::CapabilitySets sets = {arguments.bounding, arguments.permitted, arguments.inheritable,
                                    arguments.ambient};
  hold_back(ctx, ctx.draft->capabilities,
            std::make_unique<CapabilitiesAction>(sets, arguments.securebits, sys::known_capabilities()));
  return {};
}

}  // namespace jailrun::core::planning
