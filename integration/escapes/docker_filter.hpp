// SPDX-License-Identifier: Apache-2.0
// What Docker lets containers call, for the tools that set no filter of their own: from Docker's own file, which
// JAILRUN_DOCKER_PROFILE names.
#pragma once

#include "integration/support/command.hpp"

#include <string>

namespace jailrun::integration::escapes {

// The calls that a container without capabilities may make, whatever their arguments; none where there is no file.
Strings docker_calls();
// A filter for the kernel, written to `file`, which is given back; empty where it can't be made.
std::string docker_filter_file(const std::string& file);
// The value of "seccomp" in a runtime's configuration, with a comma before it; or empty.
std::string docker_filter_for_runtimes();

}  // namespace jailrun::integration::escapes
