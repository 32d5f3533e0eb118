// SPDX-License-Identifier: Apache-2.0
// What a stage is given that nobody described to the checker: a plausible value for each option that it needs
// and each fact that it reads, and values that mean nothing.
#pragma once

#include "core/cli/checker/checks.hpp"
#include "jailrun/fake_host.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli::checker {

std::vector<jr_option> declared_options(const jr_stage_descriptor& stage);
std::vector<jr_fact> provided_facts(const jr_stage_descriptor& stage);

// The subject's own settings come first. `but`: the option that is left out.
void give_guesses(FakeHost& host, const jr_stage_descriptor& stage, const Subject& subject,
                  const std::string& but = "");

// Values that jailrun lets through to the stage, each list for one launch.
std::vector<std::vector<std::string>> garbage(const jr_option& option);

// In few words, for a sentence: long ones are cut off.
std::string shown(const std::vector<std::string>& values);

}  // namespace jailrun::core::cli::checker
