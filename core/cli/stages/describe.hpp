// SPDX-License-Identifier: Apache-2.0
// A stage's description for people, for the documentation and for machines.
#pragma once

#include "core/plugin/loader.hpp"

#include <string>

namespace jailrun::core::cli {

// `plugin`: what it is found in.
std::string stage_text(const StageDescription& stage, const Plugin& plugin);
// A section of docs/operator/stages.md, which is made of these; a test compares them.
std::string stage_markdown(const StageDescription& stage);
std::string stage_json(const StageDescription& stage, const Plugin& plugin);

}  // namespace jailrun::core::cli
