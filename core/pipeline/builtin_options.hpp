// SPDX-License-Identifier: Apache-2.0
// jailrun's own options, described in the same way as those of a stage.
#pragma once

#include "core/plugin/description.hpp"

#include <string_view>

namespace jailrun::core {

// Those of a launch, and of plan, check and stages.
const StageDescription& runner_options();

// Those of them that a pipeline file may set, in its section [jailrun].
const StageDescription& runner_settings();

// Those of the commands for jails that exist: ps, rm, inspect, wait, violations.
const StageDescription& jail_options();

// Those of new-stage.
const StageDescription& new_stage_options();

// Those of check-plugin.
const StageDescription& check_plugin_options();

// Those of doctor.
const StageDescription& doctor_options();

// True for a name that a stage's option must not have.
bool is_builtin_option(std::string_view name);

}  // namespace jailrun::core
