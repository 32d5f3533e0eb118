// SPDX-License-Identifier: Apache-2.0
// Whether a launch can still be made under the rules of Landlock that it enforces.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"
#include "jailrun/result.hpp"

namespace jailrun::core {

// The program must be let through, and the rules' paths must exist, as far as is known after the survey.
// `is_root_mounted`: what the root holds comes from a mount of the launch's own, and is not known.
Result<void> check_landlock(const Plan& plan, const Survey& survey, bool is_root_mounted);

}  // namespace jailrun::core
