// SPDX-License-Identifier: Apache-2.0
// Many launches and removals in a row.
#pragma once

#include <string>

namespace jailrun::integration::sweep {

// Launches a jail with cgroups and removes it, `count` times. Gives what grew on the host; empty: nothing.
std::string launch_and_remove_many(int count);

}  // namespace jailrun::integration::sweep
