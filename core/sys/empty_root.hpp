// SPDX-License-Identifier: Apache-2.0
// A mount namespace in which there is nothing.
#pragma once

#include "jailrun/result.hpp"

namespace jailrun::sys {

// Gives the calling process a mount namespace and a network namespace of its own. The mount namespace's root is
// a directory in which nothing can be made and which can't be unmounted, and nothing else is in it: no mount of the
// host, none that propagates from one. `place`: any directory, on which nothing stays.
Result<void> enter_empty_root(const char* place);

}  // namespace jailrun::sys
