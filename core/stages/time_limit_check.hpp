// SPDX-License-Identifier: Apache-2.0
// Whether a launch can heed the limits on its program's time.
#pragma once

#include "core/plan/plan.hpp"
#include "jailrun/result.hpp"

#include <functional>
#include <string>

namespace jailrun::core {

// Refuses a limit on wall-clock time without a supervisor, which is who ends the program, and a limit on CPU time
// beside another one. Both at once. `named`: a stage, as people know it: "time-limit (--wall)".
Result<void> check_time_limit(const Plan& plan, bool is_supervised,
                              const std::function<std::string(const std::string& stage)>& named);

}  // namespace jailrun::core
