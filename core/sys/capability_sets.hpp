// SPDX-License-Identifier: Apache-2.0
// The five sets of capabilities of a thread, and its securebits: see capabilities(7).
#pragma once

#include "jailrun/result.hpp"

#include <cstdint>

namespace jailrun::sys {

struct CapabilitySets {
  uint64_t bounding = 0;
  uint64_t permitted = 0;  // and effective
  uint64_t inheritable = 0;
  uint64_t ambient = 0;
};

// Those that this kernel has.
uint64_t known_capabilities();

// SECBIT_... of linux/securebits.h, of the calling thread.
uint32_t securebits();

// True if that can't be had without CAP_SETPCAP.
bool needs_setpcap(const CapabilitySets& sets, uint32_t securebits);

// Gives the calling thread these sets, and no other capability; securebits are added to those that it has.
// A capability that it has not is an error, but one that its bounding set lacks just stays out of that. What
// this kernel does not know may be in the bounding set alone. By raw calls, which act on this thread only.
Result<void> set_capabilities(const CapabilitySets& sets, uint32_t securebits);

}  // namespace jailrun::sys
