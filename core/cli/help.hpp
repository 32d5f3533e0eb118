// SPDX-License-Identifier: Apache-2.0
// All options by stage, for people.
#pragma once

#include "core/plugin/description.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli {

std::string help_page(const std::vector<const StageDescription*>& stages, const std::string& pipeline);

}  // namespace jailrun::core::cli
