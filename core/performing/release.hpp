// SPDX-License-Identifier: Apache-2.0
// Takes back what actions did, last first.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/site.hpp"

#include <vector>

namespace jailrun::core {

// Releases all that were or may have been performed; goes on past what can't be taken back and returns that.
std::vector<Error> release(const Plan& plan, Site& site);

}  // namespace jailrun::core
