// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/change.hpp"

#include "core/seccomp/multiplexed.hpp"

#include <algorithm>

namespace jailrun::seccomp {

void set_verdict(Policy& policy, Call call, Verdict verdict) {
  auto& rules = policy.rules;
  rules.erase(std::remove_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.call == call; }),
              rules.end());
  rules.push_back({call, verdict, 0, 0});
}

void forbid_other_ways(Policy& policy, Call call, Verdict verdict) {
  const Multiplexed* const other = multiplexed(call);
  if (other == nullptr) return;
  const auto next_condition = [&] { return static_cast<uint32_t>(policy.conditions.size()); };
  // A profile may allow all that they make. A rule without a condition would win, so it gets one that always
  // holds.
  for (Rule& rule : policy.rules)
    if (rule.call == other->by && rule.condition_count == 0) {
      rule.first_condition = next_condition();
      rule.condition_count = 1;
      policy.conditions.push_back({0, Comparing::kGreaterOrEqual, false, 0, 0});
    }
  policy.rules.insert(policy.rules.begin(), {other->by, verdict, next_condition(), 1});
  policy.conditions.push_back(other->condition);
}

}  // namespace jailrun::seccomp
