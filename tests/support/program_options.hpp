// SPDX-License-Identifier: Apache-2.0
// The command line as Boost.Program_options reads it: what core/pipeline/command_line.cpp, which a launch can
// afford, is compared with.
#pragma once

#include "core/pipeline/command_line.hpp"

#include <optional>

namespace jailrun::tests {

// Nothing where it is refused.
std::optional<core::Parsed> parse_by_program_options(
    const core::CommandLine& words, const core::StageDescription& own,
    const std::vector<const core::StageDescription*>& stages);

}  // namespace jailrun::tests
