// SPDX-License-Identifier: Apache-2.0
// The caller's limits on open files and on the size of files are meant for the program. A launch under them
// would fail half-way, or be killed by SIGXFSZ and leave a jail: so they are lifted while it lasts.
#pragma once

#include "core/sys/credentials.hpp"

namespace jailrun::sys {

// Lifts those that are small enough to stop a launch, as far as the process may. Again after
// give_back_limits(), where the launch failed.
void lift_limits();

// As the process was started with it.
Result<Limit> callers_limit(uint32_t resource);

// The pipeline sets this limit: the caller's is not given back.
void keep_limit(uint32_t resource);

// Sets the caller's limits again, which needs no privilege. To be called last before the exec.
void give_back_limits();

}  // namespace jailrun::sys
