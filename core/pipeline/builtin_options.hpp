// SPDX-License-Identifier: Apache-2.0
// The options that are jailrun's own, described as a stage's are.
#pragma once

#include "core/plugin/description.hpp"

#include <string_view>

namespace jailrun::core {

// Of a launch, and of plan, check and stages.
const StageDescription& runner_options();

// Those of them that [jailrun] of a pipeline file may set.
const StageDescription& runner_settings();

// Of the commands that look at jails that exist: ps, rm, inspect, wait.
const StageDescription& jail_options();

// Of new-stage.
const StageDescription& new_stage_options();

// Of check-plugin.
const StageDescription& check_plugin_options();

// True for a name that no stage may give to an option of its own.
bool is_own_option(std::string_view name);

}  // namespace jailrun::core
