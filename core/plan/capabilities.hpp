// SPDX-License-Identifier: Apache-2.0
// What a plan asks of the kernel that only some capabilities allow.
#pragma once

#include "core/plan/plan.hpp"

#include <cstdint>

namespace jailrun::core {

// The capabilities that this action needs of a process with uid 0, one bit each. `is_roots`: the jail's files
// and its program are root's, so that nothing is given away. 0 for a `call`: its stage's descriptor says them.
uint64_t capabilities_of(const Action& action, bool is_roots);

// True if the program keeps uid 0 and gid 0.
bool keeps_root(const Plan& plan);

}  // namespace jailrun::core
