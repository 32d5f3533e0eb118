// SPDX-License-Identifier: Apache-2.0
// Which call numbers two filters are compared for.
#pragma once

#include "core/seccomp/calls.hpp"

#include <vector>

namespace jailrun::tests {

// All that have a name, many that may get one, and the ends of what there can be: as a filter sees them.
inline std::vector<uint32_t> call_numbers(seccomp::Architecture architecture) {
  constexpr uint32_t kBeyondTheLast = 700;
  std::vector<uint32_t> all;
  const uint32_t bit = architecture == seccomp::Architecture::kX32 ? seccomp::kX32Bit : 0;
  for (uint32_t number = 0; number < kBeyondTheLast; ++number) all.push_back(number | bit);
  if (architecture == seccomp::Architecture::kArm)
    for (uint32_t number = 0; number < 16; ++number) all.push_back(0xf0000 + number);
  for (const uint32_t number : {0x3fffffffU, 0x7fffffffU, 0xfffffffeU}) all.push_back(number | bit);
  return all;
}

}  // namespace jailrun::tests
