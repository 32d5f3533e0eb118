// SPDX-License-Identifier: Apache-2.0
// Whether the namespaces of a whole plan, of all stages, agree.
#pragma once

#include "core/plan/plan.hpp"

#include <functional>
#include <string>

namespace jailrun::core {

// Refuses a type of namespace that is made twice, or both made and joined, and a group that is joined when its
// namespace has already been made. All at once. `named`: a stage, as people know it: "netns (--netns)".
Result<void> check_namespaces(const Plan& plan,
                              const std::function<std::string(const std::string& stage)>& named);

}  // namespace jailrun::core
