// SPDX-License-Identifier: Apache-2.0
#include "core/sys/credentials.hpp"

#include <cerrno>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {

namespace {

// A change to a uid other than 0 clears capabilities, unless the caller's securebits forbid it, but never the
// inheritable set; a capability that is not permitted and inheritable can't be ambient either.
Result<void> drop_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capset, &header, none) != 0) return system_error(errno, "drop all capabilities");
  return {};
}

}  // namespace

Result<void> set_credentials(jr_owner owner, const std::vector<uint32_t>& groups) {
  // Groups and gid while the uid still allows it.
  if (syscall(SYS_setgroups, groups.size(), groups.data()) != 0)
    return system_error(errno, "set supplementary groups");
  if (syscall(SYS_setresgid, owner.gid, owner.gid, owner.gid) != 0)
    return system_error(errno, "set gid " + std::to_string(owner.gid));
  // Another process of that uid could trace this one, with all that root has opened in it, where
  // fs.suid_dumpable is 1: the change of uid sets the flag to that. So capabilities, which such a process
  // lacks, stay until the flag is cleared. The exec sets both anew. It may fail: the caller's securebits can
  // forbid it.
  if (owner.uid != 0) prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (syscall(SYS_setresuid, owner.uid, owner.uid, owner.uid) != 0)
    return system_error(errno, "set uid " + std::to_string(owner.uid));
  if (owner.uid == 0) return {};
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return drop_capabilities();
}

Result<Limit> limit(uint32_t resource) {
  struct rlimit64 now {};
  if (syscall(SYS_prlimit64, 0, resource, nullptr, &now) != 0)
    return system_error(errno, "read resource limit " + std::to_string(resource));
  return Limit{now.rlim_cur, now.rlim_max};
}

Result<Limit> set_limit(uint32_t resource, const Limit& wanted) {
  const struct rlimit64 limit = {wanted.soft, wanted.hard};
  struct rlimit64 previous {};
  if (syscall(SYS_prlimit64, 0, resource, &limit, &previous) != 0)
    return system_error(errno, "set resource limit " + std::to_string(resource));
  return Limit{previous.rlim_cur, previous.rlim_max};
}

}  // namespace jailrun::sys
