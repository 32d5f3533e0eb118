// SPDX-License-Identifier: Apache-2.0
// Namespaces and cgroups of the tests' own: whatever a launch leaves behind is seen, what other processes do
// is not, and all of it is gone when the tests exit or crash.
#pragma once

#include <functional>

namespace jailrun::integration {

// Runs `tests` in a child that has
//   - a mount namespace from which nothing gets out,
//   - a pid namespace, of which it is the init: it inherits every orphan, and all die with it,
//   - a cgroup of its own in each hierarchy, shown as that hierarchy's root,
//   - a fresh, empty /run,
//   - no descriptors but the standard streams, and no signal ignored,
// and gives back its exit status.
int run_isolated(const std::function<int()>& tests);

}  // namespace jailrun::integration
