// SPDX-License-Identifier: Apache-2.0
// Performs a plan: all prepare actions, then all enter actions in the process that becomes the program. If
// anything fails, everything is rolled back.
#pragma once

#include "core/base/timings.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"

#include <functional>

namespace jailrun::core {

struct PerformOptions {
  Timings& timings;
  bool supervised = false;                   // this process stays, as the program's parent
  std::function<void(const Error&)> report;  // the one sentence about a failure
  std::function<void()> before_exec;         // after the last action before the exec
};

// Does not return where the process becomes the program, or where it failed and the guard, not this thread,
// rolls back. Returns success where the program runs in another process.
Result<void> perform(const Plan& plan, Launch& launch, const PerformOptions& options);

}  // namespace jailrun::core
