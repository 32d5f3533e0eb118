// SPDX-License-Identifier: Apache-2.0
// What programs may call: rules by name, before they are compiled to a filter.
#pragma once

#include "core/seccomp/calls.hpp"

#include <cstdint>
#include <vector>

namespace jailrun::seccomp {

// SECCOMP_RET_... of linux/seccomp.h, with its data.
using Verdict = uint32_t;

enum class Comparing : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kMaskedEqual,  // of the bits of `mask`
  kAnyBit        // of `value`
};

// Of one argument, unsigned.
struct Condition {
  uint8_t argument = 0;  // 0 to 5
  Comparing comparing = Comparing::kEqual;
  bool is_half = false;  // the lower 32 bits alone, as for an int
  uint64_t value = 0;
  uint64_t mask = 0;
};

// That verdict for a call of which all conditions hold.
struct Rule {
  Call call = kNoCall;
  Verdict verdict = 0;
  uint32_t first_condition = 0;
  uint32_t condition_count = 0;  // 0: always
};

// For each call the first rule that is always so counts, else the first of which all conditions hold, as with
// libseccomp; what no rule is about gets `otherwise`.
struct Policy {
  Verdict otherwise = 0;
  Verdict foreign = 0;                      // for a program of another architecture
  std::vector<Architecture> architectures;  // the native one among them
  std::vector<Rule> rules;
  std::vector<Condition> conditions;
};

// The call is made: allowed, or allowed and logged.
bool lets_through(Verdict verdict);

}  // namespace jailrun::seccomp
