// SPDX-License-Identifier: Apache-2.0
// first_of: alternatives, of which the first that this host can do is performed.
#pragma once

#include "core/plan/plan.hpp"

#include <functional>

namespace jailrun::core {

// Performs the alternatives that begin at `at`, and moves `at` behind them. One that this host does not
// support is rolled back before the next is tried; the choice is in the ledger before anything else is done.
Result<void> perform_first_of(const Plan::Actions& actions, size_t& at, Launch& launch,
                              const std::function<Result<void>(Action&)>& perform);

}  // namespace jailrun::core
