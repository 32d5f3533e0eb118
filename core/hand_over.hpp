// SPDX-License-Identifier: Apache-2.0
// bin/jailrun is static, so that it starts quickly, and can't load code. For a stage that is in a file only
// it becomes lib/jailrun/jailrun-dynamic, the same program linked dynamically.
#pragma once

#include <vector>

namespace jailrun::core {

// What the other program is to find as this one did. To be called before the launch, which decides.
void remember_caller(char** argv, const std::vector<int>& inherited);

}  // namespace jailrun::core
