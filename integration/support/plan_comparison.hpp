// SPDX-License-Identifier: Apache-2.0
// Whose doing in the plan each effect of a launch was.
#pragma once

#include "integration/support/effects.hpp"
#include "integration/support/planned.hpp"

#include <string>
#include <vector>

namespace jailrun::integration {

// Faults, one a line: an effect that no action plans or that comes out of its order, an action without its
// effect.
std::string compare(const PlannedLaunch& plan, const std::vector<Effect>& effects);

}  // namespace jailrun::integration
