// SPDX-License-Identifier: Apache-2.0
// Completion for shells, made from the descriptors.
#pragma once

#include "core/plugin/description.hpp"

#include <string>
#include <vector>

namespace jailrun::core::cli {

std::string bash_completion(const std::vector<const StageDescription*>& stages);
std::string zsh_completion(const std::vector<const StageDescription*>& stages);

}  // namespace jailrun::core::cli
