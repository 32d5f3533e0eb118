// SPDX-License-Identifier: Apache-2.0
#include "core/sys/filters.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {

bool load_filter(const Filter& filter) {
  const sock_fprog program = {filter.count, const_cast<sock_filter*>(filter.instructions)};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter.flags, &program) == 0;
}

}  // namespace jailrun::sys
