// SPDX-License-Identifier: Apache-2.0
// Which action of the plan caused each effect of a launch.
#pragma once

#include "integration/support/effects.hpp"
#include "integration/support/planned.hpp"

#include <string>
#include <vector>

namespace jailrun::integration {

// Faults, one a line: an effect that no action plans or that comes out of its order, an action
// without its effect.
std::string compare(const PlannedLaunch& plan, const std::vector<Effect>& effects);

}  // namespace jailrun::integration
