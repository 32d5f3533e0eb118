// SPDX-License-Identifier: Apache-2.0
// Whether a launch can still be made, and rolled back, under the filters that it loads.
#pragma once

#include "core/plan/plan.hpp"
#include "jailrun/result.hpp"

namespace jailrun::core {

// Each filter is asked about the calls that the process makes once it is loaded. `is_supervised`: this
// process stays as the program's parent.
Result<void> check_filters(const Plan& plan, bool is_supervised);

}  // namespace jailrun::core
