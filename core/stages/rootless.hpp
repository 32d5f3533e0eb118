// SPDX-License-Identifier: Apache-2.0
// A plan for a launch without root: docs/decisions/0016-rootless.md. What the launch does on the host, the
// caller does as himself; what takes capabilities is done in a user namespace that is entered first.
#pragma once

#include "core/plan/plan.hpp"

#include <functional>
#include <string>

namespace jailrun::core {

// Moves what mounts into enter, makes binds of nodes, and notes what the plan isolates less than root's.
// Fails with all that can't work. `named`: a stage, with where its options come from. `call_capabilities`:
// those that a stage's own work needs.
Result<void> make_rootless(Plan& plan, jr_owner caller,
                           const std::function<std::string(const std::string& stage)>& named,
                           const std::function<uint64_t(const std::string& stage)>& call_capabilities);

}  // namespace jailrun::core
