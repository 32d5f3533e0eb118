// SPDX-License-Identifier: Apache-2.0
// What libFuzzer feeds and CI replays: untrusted text, taken the way jailrun takes it, and what must
// hold of it.
#pragma once

#include "jailrun/result.hpp"

#include <cstddef>
#include <string_view>

namespace jailrun::tests::fuzz {

// Each takes any bytes and comes back with what was not as it must be.
Result<void> command_line(std::string_view input);
Result<void> config(std::string_view input);
Result<void> ledger(std::string_view input);
Result<void> profile(std::string_view input);

struct Target {
  std::string_view name;  // of its program, jailrun-fuzz-NAME, and of its directory below corpus/
  Result<void> (*function)(std::string_view input);
};
constexpr Target kTargets[] = {
    {"command-line", command_line}, {"config", config}, {"ledger", ledger}, {"profile", profile}};

// Runs a target on one input, and checks that neither the host nor this process has changed.
Result<void> run(const Target& target, std::string_view input);

// How many inputs of this process led to a plan. A target for which none does tests no more than a parser.
size_t plans_reached();
// Called by a target once its input has led to a plan with actions.
void count_plan();

}  // namespace jailrun::tests::fuzz
