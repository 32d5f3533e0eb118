// SPDX-License-Identifier: Apache-2.0
// Whether a launch can still be made, and rolled back, under the filters that it loads.
#pragma once

#include "core/plan/plan.hpp"
#include "jailrun/result.hpp"

#include <functional>
#include <string>

namespace jailrun::core {

// Each filter is asked about the calls that the process makes once it is loaded. `is_supervised`: this
// process stays as the program's parent. `named`: a stage as errors call it.
Result<void> check_filters(const Plan& plan, bool is_supervised,
                           const std::function<std::string(const std::string& stage)>& named);

}  // namespace jailrun::core
