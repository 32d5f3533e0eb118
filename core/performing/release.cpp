// SPDX-License-Identifier: Apache-2.0
#include "core/performing/release.hpp"

namespace jailrun::core {

std::vector<Error> release(const Plan& plan, Site& site) {
  // Without the claim the name is somebody else's, and so is all that stands below it.
  if (!site.claim) return {};
  for (const auto& action : plan.prepare()) {
    if (action->verb() == "root") site.root_is_own = action->stood() == Stood::kNo;
    if (action->verb() == "mount-root" || action->verb() == "overlay-root") site.root_is_own = true;
  }
  std::vector<Error> left;
  const auto walk = [&](const Plan::Actions& actions) {
    for (auto action = actions.rbegin(); action != actions.rend(); ++action) {
      if ((*action)->is_passed_over()) continue;  // taken back when the next alternative was tried
      // While anything is left the ledger must stay, to say so and to be tried again.
      if (!left.empty() && (*action)->verb() == "claim") continue;
      Result<void> released = (*action)->release(site);
      if (!released) left.push_back(std::move(released).error().within(subject(**action)));
    }
  };
  walk(plan.enter());
  walk(plan.prepare());
  return left;
}

}  // namespace jailrun::core
