// SPDX-License-Identifier: Apache-2.0
// What a filter answers to a call, found out without loading it.
#pragma once

#include "core/seccomp/policy.hpp"
#include "core/seccomp/program.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace jailrun::seccomp {

// Why the kernel would refuse it, or read beyond its end: "instruction 3 is not one that a filter may have";
// empty: it takes it.
std::string fault_of(ProgramView program);

// A call as the filter sees it. What is not known may be anything.
struct Question {
  uint32_t architecture = 0;  // AUDIT_ARCH_...
  uint32_t number = 0;
  std::array<std::optional<uint64_t>, 6> arguments;
};

// All verdicts that the call may get, each once; none: the filter is too large to tell. The program must have
// no fault.
std::vector<Verdict> verdicts(ProgramView program, const Question& question);

// The call is let through, whatever it has as its unknown arguments.
bool always_lets_through(ProgramView program, const Question& question);

}  // namespace jailrun::seccomp
