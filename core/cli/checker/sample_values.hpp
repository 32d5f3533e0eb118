// SPDX-License-Identifier: Apache-2.0
// Values made up for a stage under test: a plausible one for each option that it needs and
// each fact that it reads, and nonsense.
#pragma once

#include "core/cli/checker/checks.hpp"
#include "jailrun/fake_host.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli::checker {

std::vector<jr_option> declared_options(const jr_stage_descriptor& stage);
std::vector<jr_fact> provided_facts(const jr_stage_descriptor& stage);

// The subject's own settings take precedence. `except`: the option that is left out.
void give_sample_values(FakeHost& host, const jr_stage_descriptor& stage, const Subject& subject,
                        const std::string& except = "");

// Nonsense that jailrun passes on to the stage, each list for one launch.
std::vector<std::vector<std::string>> garbage(const jr_option& option);

// The values as a sentence shows them: long ones are cut off.
std::string shown(const std::vector<std::string>& values);

}  // namespace jailrun::core::cli::checker
