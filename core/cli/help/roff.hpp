// SPDX-License-Identifier: Apache-2.0
// The parts of the man pages that are made from the descriptors.
#pragma once

#include "core/plugin/description.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli {

// One paragraph for each command, option or stage.
std::string commands_in_roff();
std::string options_in_roff(const std::vector<OptionDescription>& options);
std::string stages_in_roff(const std::vector<const StageDescription*>& stages);

}  // namespace jailrun::core::cli
