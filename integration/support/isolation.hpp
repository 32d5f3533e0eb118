// SPDX-License-Identifier: Apache-2.0
// A world of the tests' own: whatever a launch leaves behind is seen, nobody else's doings are, and all of it
// goes away when the tests end, a crash of theirs included.
#pragma once

#include <functional>

namespace jailrun::integration {

// Runs `tests` in a child that has
//   - a mount namespace from which nothing gets out,
//   - a pid namespace, of which it is the init: it inherits every orphan, and all die with it,
//   - a cgroup of its own in each hierarchy, shown as that hierarchy's root,
//   - a fresh, empty /run,
// and gives back its exit status.
int run_isolated(const std::function<int()>& tests);

}  // namespace jailrun::integration
