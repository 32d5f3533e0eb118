// SPDX-License-Identifier: Apache-2.0
#include "core/sys/empty_root.hpp"

#include "core/sys/fd.hpp"
#include "core/sys/mounts.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

constexpr unsigned long kOptions = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// All jails have this directory below their roots. In a tmpfs of its own kind, one that holds CAP_SYS_ADMIN
// could make the whole filesystem writable again and leave something there for the next. sysfs has directories
// that are made to be mounted on: the kernel makes, changes and finds nothing in them, whatever the options.
Result<UniqueFd> open_empty_directory(const char* place) {
  if (mount("sysfs", place, "sysfs", kOptions, nullptr) != 0) return system_error(errno, "mount sysfs");
  UniqueFd directory(openat(AT_FDCWD, (std::string(place) + "/fs/cgroup").c_str(),
                            O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return system_error(errno, "open fs/cgroup of sysfs");
  struct statfs filesystem {};
  if (fstatfs(directory.get(), &filesystem) != 0) return system_error(errno, "look at fs/cgroup of sysfs");
  // As seen while the mount is still writable.
  if (filesystem.f_type != SYSFS_MAGIC || mkdirat(directory.get(), "probe", 0700) == 0)
    return system_error(EOPNOTSUPP, "fs/cgroup of sysfs is not empty for ever");
  if (mount(nullptr, place, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kOptions, nullptr) != 0)
    return system_error(errno, "make sysfs read-only");
  return directory;
}

}  // namespace

Result<void> enter_empty_root(const char* place) {
  // The network namespace's sysfs is a filesystem of its own: nobody in a jail finds the host's below its root.
  if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) return system_error(errno, "make namespaces");
  if (mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) != 0)
    return system_error(errno, "make the mounts slaves of the host's");
  JR_ASSIGN(const UniqueFd directory, open_empty_directory(place));
  JR_TRY(enter_new_root(directory.get(), 0));
  // Beneath the root of every mount namespace is the kernel's first root, in which a host that runs from its
  // initramfs has all its files. A copy of the namespace that belongs to another user namespace has its mounts
  // locked, for good: none can be unmounted by itself, whoever asks. Without user namespaces it is as after
  // pivot_root.
  (void)unshare(CLONE_NEWUSER | CLONE_NEWNS);
  return {};
}

}  // namespace jailrun::sys
