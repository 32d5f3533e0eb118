// SPDX-License-Identifier: Apache-2.0
#include "core/performing/release.hpp"

#include <algorithm>

namespace jailrun::core {

std::vector<Error> release(const Plan& plan, Release& release) {
  // Without the claim the name is another launch's, and so is everything below it.
  if (!release.jail.directory) return {};
  release.removes_root = std::any_of(plan.prepare().begin(), plan.prepare().end(),
                                     [](const auto& action) { return action->owns_root(); });
  std::vector<Error> left;
  const auto walk = [&](const Plan::Actions& actions) {
    for (auto action = actions.rbegin(); action != actions.rend(); ++action) {
      if ((*action)->is_passed_over()) continue;  // rolled back when the next alternative was tried
      if (!(*action)->filesystem().empty()) continue;
      // While anything is left the ledger must stay, to say so and to be tried again.
      if (!left.empty() && (*action)->has(kClaims)) continue;
      Result<void> released = (*action)->release(release);
      if (!released) left.push_back(std::move(released).error().within(subject(**action)));
    }
  };
  walk(plan.enter());
  walk(plan.prepare());
  return left;
}

}  // namespace jailrun::core
