// SPDX-License-Identifier: Apache-2.0
// What libcgroup knows of the host's control groups. It parses /proc/cgroups and /proc/mounts at every start,
// which takes about a millisecond, so it serves rm, inspect and check, and never a launch.
#pragma once

#include "jailrun/result.hpp"

#include <optional>
#include <string>

namespace jailrun::core {

// True if a version 1 hierarchy on this host carries the controller; nothing where libcgroup does not know.
std::optional<bool> library_has_controller(const std::string& controller);

// The value that a group has now: for "cpuset.cpus" of "vms/web-1". Nothing where there is none.
std::optional<std::string> library_value(const std::string& group, const std::string& file);

// Removes a group with all groups below it; EBUSY where one still has processes.
Result<void> library_remove_group(const std::string& controller, const std::string& group);

}  // namespace jailrun::core
