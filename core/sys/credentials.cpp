// SPDX-License-Identifier: Apache-2.0
#include "core/sys/credentials.hpp"

#include "core/sys/user_namespace.hpp"

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

// A stage's own call may be next, and has the program's rights. The kernel has done this, unless the caller
// has locked the securebit no-setuid-fixup.
Result<void> make_none_effective() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return system_error(errno, "read the capabilities");
  for (__user_cap_data_struct& half : sets) half.effective = half.inheritable = 0;
  if (syscall(SYS_capset, &header, sets) != 0) return system_error(errno, "make no capability effective");
  return {};
}

// While the uid still allows it.
Result<void> set_supplementary_groups(const std::vector<uint32_t>& groups) {
  if (syscall(SYS_setgroups, groups.size(), groups.data()) != 0)
    return system_error(errno, "set supplementary groups");
  return {};
}

Result<void> set_gid(uint32_t gid) {
  if (syscall(SYS_setresgid, gid, gid, gid) != 0)
    return system_error(errno, "set gid " + std::to_string(gid));
  return {};
}

Result<void> set_groups(uint32_t gid, const std::vector<uint32_t>& groups) {
  JR_TRY(set_supplementary_groups(groups));
  return set_gid(gid);
}

// The kernel has cleared the effective set, as the effective uid is no longer 0; while another uid is 0 it
// clears nothing else. What is inheritable or ambient would be the program's.
Result<void> keep_permitted_only() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return system_error(errno, "read the capabilities");
  for (__user_cap_data_struct& half : sets) {
    if (half.effective != 0) return internal_error("capabilities are still effective for the program's uid");
    half.inheritable = 0;
  }
  if (syscall(SYS_capset, &header, sets) != 0) return system_error(errno, "drop inheritable capabilities");
  // The kernel has just done this, too; what fails here would be the program's.
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)  // Linux before 4.3
    return system_error(errno, "drop ambient capabilities");
  return {};
}

}  // namespace

Result<void> set_credentials(jr_owner owner, const std::vector<uint32_t>& groups, Capabilities capabilities) {
  JR_TRY(set_groups(owner.gid, groups));
  // Another process of that uid could trace this one, with all that root has opened in it, where
  // fs.suid_dumpable is 1: the change of uid sets the flag to that. So capabilities, which such a process
  // lacks, stay until the flag is cleared. The exec sets both anew. It may fail: the caller's securebits can
  // forbid it.
  if (owner.uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 &&
      capabilities == Capabilities::kStillPermitted)
    return system_error(errno, "keep capabilities while the uid changes");
  if (syscall(SYS_setresuid, owner.uid, owner.uid, owner.uid) != 0)
    return system_error(errno, "set uid " + std::to_string(owner.uid));
  if (owner.uid == 0) return {};
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return capabilities == Capabilities::kDropped ? drop_capabilities() : make_none_effective();
}

Result<void> set_credentials_in(int user_namespace, jr_owner owner, const std::vector<uint32_t>& groups,
                                Capabilities capabilities) {
  // Before: in it setgroups may be denied, and only groups that are mapped have a number.
  JR_TRY(set_supplementary_groups(groups));
  JR_TRY(enter_user_namespace(user_namespace));
  JR_TRY(set_gid(owner.gid));
  // As above. Where the uid 0 outside is not 0 inside the kernel clears no capabilities; all are of the new
  // namespace alone.
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 && capabilities == Capabilities::kStillPermitted)
    return system_error(errno, "keep capabilities while the uid changes");
  if (syscall(SYS_setresuid, owner.uid, owner.uid, owner.uid) != 0)
    return system_error(errno, "set uid " + std::to_string(owner.uid));
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return capabilities == Capabilities::kDropped ? drop_capabilities() : make_none_effective();
}

Result<void> set_credentials_inside(jr_owner owner, Capabilities capabilities) {
  JR_TRY(set_gid(owner.gid));
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 && capabilities == Capabilities::kStillPermitted)
    return system_error(errno, "keep capabilities while the uid changes");
  if (syscall(SYS_setresuid, owner.uid, owner.uid, owner.uid) != 0)
    return system_error(errno, "set uid " + std::to_string(owner.uid));
  return capabilities == Capabilities::kDropped ? drop_capabilities() : make_none_effective();
}

Result<void> lend_credentials(jr_owner owner, const std::vector<uint32_t>& groups) {
  JR_TRY(set_groups(owner.gid, groups));
  // What a process of that uid may do to this one from here on is decided by more than the uid. Tracing, and
  // with it memory, descriptors and limits: all three uids must be the tracer's, it must have all permitted
  // capabilities, and the flag that is cleared below must be set; each alone refuses it. Signals: it may send
  // them, as to the program, and as to a thread with none but that uid; what they do here,
  // core/performing/interruption.hpp says.
  if (syscall(SYS_setresuid, owner.uid, owner.uid, 0) != 0)
    return system_error(errno, "set uid " + std::to_string(owner.uid));
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return keep_permitted_only();
}

Result<void> take_back_credentials(uint32_t gid, const std::vector<uint32_t>& groups) {
  // By the saved uid, without a capability. What is permitted becomes effective as the effective uid becomes
  // 0.
  if (syscall(SYS_setresuid, 0, 0, 0) != 0) return system_error(errno, "set uid 0");
  return set_groups(gid, groups);
}

Result<std::vector<uint32_t>> supplementary_groups() {
  std::vector<uint32_t> groups(32);
  long count = syscall(SYS_getgroups, groups.size(), groups.data());
  if (count < 0 && errno == EINVAL) {  // more
    groups.resize(65536);              // the most that the kernel has
    count = syscall(SYS_getgroups, groups.size(), groups.data());
  }
  if (count < 0) return system_error(errno, "read the supplementary groups");
  groups.resize(static_cast<size_t>(count));
  return groups;
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
