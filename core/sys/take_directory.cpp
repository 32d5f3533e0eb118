// SPDX-License-Identifier: Apache-2.0
#include "core/sys/take_directory.hpp"

#include "core/sys/fd.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

bool clear_read_only(int file) {
  struct statfs traits {};
  // The number of the ioctl may be another one's elsewhere.
  if (fstatfs(file, &traits) != 0 || traits.f_type != BTRFS_SUPER_MAGIC) return false;
  __u64 flags = 0;
  if (ioctl(file, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) != 0 || (flags & BTRFS_SUBVOL_RDONLY) == 0) return false;
  flags &= ~BTRFS_SUBVOL_RDONLY;
  return ioctl(file, BTRFS_IOC_SUBVOL_SETFLAGS, &flags) == 0;
}

}  // namespace

bool clear_attributes(int file) {
  const bool was_read_only = clear_read_only(file);
  int flags = 0;
  if (ioctl(file, FS_IOC_GETFLAGS, &flags) != 0 || (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) == 0)
    return was_read_only;
  flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  return ioctl(file, FS_IOC_SETFLAGS, &flags) == 0 || was_read_only;
}

void take_directory(int directory, const struct stat& now) {
  const auto take = [&] {
    return (now.st_uid == geteuid() || fchown(directory, geteuid(), static_cast<gid_t>(-1)) == 0) &&
           ((now.st_mode & 07777) == 0700 || fchmod(directory, 0700) == 0);
  };
  if (!take() && (errno == EPERM || errno == EROFS) && clear_attributes(directory)) (void)take();
}

bool clear_attributes_of(int directory, const std::string& name) {
  // Opening a device node or FIFO would do more than open it: it is looked at first, and opened again by
  // the descriptor, which can't have become another file.
  const UniqueFd there(openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat now {};
  if (!there || fstat(there.get(), &now) != 0 || !S_ISREG(now.st_mode)) return false;
  const std::string self = "/proc/self/fd/" + std::to_string(there.get());
  const UniqueFd file(open(self.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  return file && clear_attributes(file.get());
}

bool clear_project(int directory) {
  fsxattr attributes{};
  if (ioctl(directory, FS_IOC_FSGETXATTR, &attributes) != 0 ||
      (attributes.fsx_xflags & FS_XFLAG_PROJINHERIT) == 0)
    return false;
  attributes.fsx_xflags &= ~static_cast<__u32>(FS_XFLAG_PROJINHERIT);
  return ioctl(directory, FS_IOC_FSSETXATTR, &attributes) == 0;
}

}  // namespace jailrun::sys
