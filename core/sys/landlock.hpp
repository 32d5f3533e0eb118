// SPDX-License-Identifier: Apache-2.0
// Landlock: see landlock(7). The numbers are those of the kernel's include/uapi/linux/landlock.h, which
// Debian 12's copy lacks in part; plugin.h has the access rights.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <cstdint>

namespace jailrun::sys {

// The version of the kernel's interface, from 1; 0: it has none, or it was not enabled at boot. Needs no
// privilege.
int landlock_abi();

// What a ruleset denies where no rule allows it. The kernel must know all of it: see landlock_abi().
struct LandlockDenied {
  uint64_t files;   // LANDLOCK_ACCESS_FS_...
  uint64_t ports;   // LANDLOCK_ACCESS_NET_...
  uint64_t scopes;  // LANDLOCK_SCOPE_...
};

// Close-on-exec, as the kernel always makes it.
Result<UniqueFd> make_ruleset(const LandlockDenied& denied);

// Allows something below a directory, or with a file: `place` is open, O_PATH is enough.
Result<void> allow_below(int ruleset, int place, uint64_t access);
Result<void> allow_port(int ruleset, uint64_t port, uint64_t access);

// For the calling thread alone, which needs no_new_privs or CAP_SYS_ADMIN. False: errno says why not.
// Allocates nothing.
bool restrict_thread(int ruleset);

}  // namespace jailrun::sys
