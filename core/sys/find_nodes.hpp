// SPDX-License-Identifier: Apache-2.0
// Finds device nodes by their number, in a tree in which a tenant may have hidden them.
#pragma once

#include "core/sys/paths.hpp"
#include "jailrun/result.hpp"

#include <functional>

#include <sys/stat.h>

namespace jailrun::sys {

// Calls `visit` for each node of this type and number below `root`: its place, and the node itself, open
// O_PATH. Follows no link and enters no mount. Directories too deep to be looked into are taken from their
// owner instead, so that nobody else reaches what is in them. Where directories keep being made for too long,
// EBUSY.
using VisitNode = std::function<Result<void>(const Place& place, int node, const struct stat& now)>;
Result<void> find_nodes(int root, mode_t type, dev_t number, const VisitNode& visit);

}  // namespace jailrun::sys
