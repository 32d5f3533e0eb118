// SPDX-License-Identifier: Apache-2.0
// Undoes what actions did, the last one first.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"

#include <vector>

namespace jailrun::core {

// Releases all actions that were or may have been performed. One that can't be released does not stop it; the
// errors are returned.
std::vector<Error> release(const Plan& plan, Release& release);

}  // namespace jailrun::core
