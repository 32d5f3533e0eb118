// SPDX-License-Identifier: Apache-2.0
// The devices that a whole plan gives the jail nodes of.
#pragma once

#include "core/actions/device_rules.hpp"
#include "core/plan/plan.hpp"

namespace jailrun::core {

// Allows reading and writing them, if the rules take them.
void allow_nodes(const Plan& plan, DeviceRulesAction& rules);

}  // namespace jailrun::core
