// SPDX-License-Identifier: Apache-2.0
// Attributes of the process that contradict what other stages plan, or the way that the launch is made.
#pragma once

#include "core/plan/plan.hpp"

#include <functional>
#include <string>

namespace jailrun::core {

// Refuses CPUs that the plan keeps the program from by a NUMA node or a cpuset, and leaving the terminal
// where the process that becomes the program leads its session, and a terminal of the program's own that
// nobody would relay. `named`: a stage, with where its options come from.
Result<void> check_attributes(const Plan& plan, bool is_supervised,
                              const std::function<std::string(const std::string& stage)>& named);

}  // namespace jailrun::core
