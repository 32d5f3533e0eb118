// SPDX-License-Identifier: Apache-2.0
// A plan as text for people and as JSON for machines.
#pragma once

#include "core/plan/jail_name.hpp"
#include "core/plan/plan.hpp"

#include <string>

namespace jailrun::core::cli {

std::string plan_table(const Plan& plan, const JailName& jail, const std::string& pipeline,
                       uint64_t capabilities = 0);
std::string plan_json(const Plan& plan, const JailName& jail, const std::string& pipeline,
                      uint64_t capabilities = 0);

}  // namespace jailrun::core::cli
