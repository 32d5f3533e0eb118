// SPDX-License-Identifier: Apache-2.0
#include "core/plan/capabilities.hpp"

namespace jailrun::core {

bool keeps_root(const Plan& plan) {
  bool keeps = false;
  for (const auto& action : plan.enter()) keeps = keeps || action->has(kKeepsRoot);
  return keeps;
}

}  // namespace jailrun::core
