// SPDX-License-Identifier: Apache-2.0
// Many launches and removals in a row.
#pragma once

#include <string>

namespace jailrun::integration::sweep {

// Launches a jail with cgroups and takes it away, `count` times. What grew on the host; empty: nothing.
std::string launch_and_remove_many(int count);

}  // namespace jailrun::integration::sweep
