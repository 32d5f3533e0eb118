// SPDX-License-Identifier: Apache-2.0
// What libFuzzer feeds and CI replays: untrusted text, taken the way jailrun takes it, and what must
// hold of it.
#pragma once

#include "jailrun/result.hpp"

#include <string_view>

namespace jailrun::tests::fuzz {

// Each takes any bytes and comes back with what was not as it must be.
Result<void> command_line(std::string_view input);
Result<void> config(std::string_view input);
Result<void> ledger(std::string_view input);

struct Target {
  std::string_view name;  // of its program, jailrun-fuzz-NAME, and of its directory below corpus/
  Result<void> (*function)(std::string_view input);
};
constexpr Target kTargets[] = {{"command-line", command_line}, {"config", config}, {"ledger", ledger}};

// Runs a target on one input, and sees that neither the host nor this process has changed.
Result<void> run(const Target& target, std::string_view input);

}  // namespace jailrun::tests::fuzz
