// SPDX-License-Identifier: Apache-2.0
// Filters of system calls: see seccomp(2).
#pragma once

#include <cstdint>

#include <linux/filter.h>

namespace jailrun::sys {

struct Filter {
  const sock_filter* instructions;  // borrowed
  uint16_t count;
  uint32_t flags;  // SECCOMP_FILTER_FLAG_... of linux/seccomp.h
};

// For the calling thread alone, which needs no_new_privs or CAP_SYS_ADMIN. False: errno says why not.
// Allocates nothing.
bool load_filter(const Filter& filter);

}  // namespace jailrun::sys
