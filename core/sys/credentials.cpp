#include "core/sys/credentials.hpp"

#include <cerrno>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {

Result<void> set_credentials(jr_owner owner, const std::vector<uint32_t>& groups) {
  // Groups and gid while the uid still allows it.
  if (syscall(SYS_setgroups, groups.size(), groups.data()) != 0)
    return system_error(errno, "set supplementary groups");
  if (syscall(SYS_setresgid, owner.gid, owner.gid, owner.gid) != 0)
    return system_error(errno, "set gid " + std::to_string(owner.gid));
  if (syscall(SYS_setresuid, owner.uid, owner.uid, owner.uid) != 0)
    return system_error(errno, "set uid " + std::to_string(owner.uid));
  return {};
}

Result<void> set_limit(uint32_t resource, uint64_t soft, uint64_t hard) {
  const struct rlimit64 limit = {soft, hard};
  if (syscall(SYS_prlimit64, 0, resource, &limit, nullptr) != 0)
    return system_error(errno, "set resource limit " + std::to_string(resource));
  return {};
}

}  // namespace jailrun::sys
