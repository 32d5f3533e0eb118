// SPDX-License-Identifier: Apache-2.0
// Removes a directory and all that a hostile tenant may have left in it, or still does.
#pragma once

#include "core/sys/paths.hpp"
#include "jailrun/result.hpp"

namespace jailrun::sys {

// Follows no symbolic link and enters no mount: what is mounted below (a caller's bind, for example) is
// somebody's data, and makes this fail with EBUSY. A directory that does not exist is fine. Depth and number
// of its contents do not matter. Each directory is taken from its owner before it is listed, so that who
// still has it open or works in it makes nothing new there; file attributes that forbid removal are cleared.
// It goes on past what can't be removed, and gives the first error. Where directories keep being made for too
// long, EBUSY.
Result<void> remove_tree(const Place& place);

}  // namespace jailrun::sys
