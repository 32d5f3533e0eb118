// SPDX-License-Identifier: Apache-2.0
// What actions ask of the kernel that only some capabilities allow. See capabilities(7).
#pragma once

#include "core/plan/plan.hpp"

#include <cstdint>

#include <linux/capability.h>

namespace jailrun::core {

// A set of capabilities has one bit for each: CAP_MKNOD is bit 27.
template <class... Numbers>
constexpr uint64_t capability_set(Numbers... numbers) {
  return (uint64_t{0} | ... | (uint64_t{1} << static_cast<unsigned>(numbers)));
}

// To make something in a directory that was given to the tenant with mode 0700, and to give that away, too:
// its owner is set before its mode is.
inline constexpr uint64_t kInTenantsDirectory = capability_set(CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER);

// True if the program keeps uid 0 and gid 0.
inline bool keeps_root(const Plan& plan) { return plan.enters_with(kKeepsRoot); }

}  // namespace jailrun::core
