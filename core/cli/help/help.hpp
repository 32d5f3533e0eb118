// SPDX-License-Identifier: Apache-2.0
// jailrun --help: the commands, and all options by stage.
#pragma once

#include "core/plugin/description.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli {

// No wider than 80 columns.
std::string help_page(const std::vector<const StageDescription*>& stages, const std::string& pipeline);

}  // namespace jailrun::core::cli
