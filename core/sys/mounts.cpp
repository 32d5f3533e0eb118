// SPDX-License-Identifier: Apache-2.0
#include "core/sys/mounts.hpp"

#include "core/sys/host_paths.hpp"
#include "core/sys/mount_table.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// linux/mount.h can't be included beside sys/mount.h of glibc 2.36; these are its values.
constexpr unsigned kOpenTreeClone = 1;
constexpr unsigned kOpenTreeCloexec = O_CLOEXEC;
constexpr unsigned kRecursive = 0x8000;  // AT_RECURSIVE
constexpr unsigned kMoveFromEmptyPath = 0x04;
constexpr unsigned kMoveToEmptyPath = 0x40;

Result<UniqueFd> clone_tree(int directory, const char* path, unsigned flags, const std::string& name) {
  const long fd = syscall(SYS_open_tree, directory, path, flags | kOpenTreeClone | kOpenTreeCloexec);
  if (fd < 0) return system_error(errno, "take the mount at " + name);
  return UniqueFd(static_cast<int>(fd));
}

}  // namespace

uint32_t mount_attributes(uint32_t flags) {
  return ((flags & JR_MOUNT_READ_ONLY) ? MOUNT_ATTR_RDONLY : 0U) |
         ((flags & JR_MOUNT_NODEV) ? MOUNT_ATTR_NODEV : 0U) |
         ((flags & JR_MOUNT_NOSUID) ? MOUNT_ATTR_NOSUID : 0U) |
         ((flags & JR_MOUNT_NOEXEC) ? MOUNT_ATTR_NOEXEC : 0U);
}

namespace {

// Without open_tree, which seccomp filters of containers often refuse: the bind is entered by its path, and
// checked to be the root.
Result<void> bind_working_directory() {
  struct stat root {};
  struct stat entered {};
  char path[PATH_MAX];
  if (mount(".", ".", nullptr, MS_BIND | MS_REC, nullptr) != 0)
    return system_error(errno, "mount the jail's root");
  if (stat(".", &root) != 0 || getcwd(path, sizeof path) == nullptr || chdir(path) != 0 ||
      stat(".", &entered) != 0)
    return system_error(errno, "enter the jail's root");
  if (root.st_dev != entered.st_dev || root.st_ino != entered.st_ino)
    return internal_error("another directory is mounted in the place of the jail's root");
  return {};
}

Result<void> mount_over_working_directory(const UniqueFd& tree) {
  if (syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, ".", kMoveFromEmptyPath) != 0)
    return system_error(errno, "mount the jail's root");
  if (fchdir(tree.get()) != 0) return system_error(errno, "enter the jail's root");
  return {};
}

// A descriptor of a process that is about to exec, which closes it.
void leave_to_exec(UniqueFd fd) { (void)fd.release(); }

// pivot_root wants a mount point: the root's tree, sub-mounts included, over itself.
Result<void> mount_working_directory() {
  Result<UniqueFd> tree = clone_tree(AT_FDCWD, ".", kRecursive, "the jail's root");
  if (!tree && tree.error().error_number == ENOSYS) return bind_working_directory();
  if (!tree) return std::move(tree).error();
  JR_TRY(mount_over_working_directory(tree.value()));
  leave_to_exec(std::move(tree).value());
  return {};
}

// In a namespace of its own: makes the working directory the root.
Result<void> pivot_into_working_directory() {
  JR_TRY(mount_working_directory());
  // With both arguments equal the old root is stacked above the new one, so no directory has to be made for
  // it (which a kill at this point would leave).
  if (syscall(SYS_pivot_root, ".", ".") != 0) return system_error(errno, "pivot_root");
  if (umount2(".", MNT_DETACH) != 0) return system_error(errno, "unmount the old root");
  // The working directory is the root now: it was the new root's top before, and has not changed.
  return {};
}

// In a namespace of its own that holds nothing: mounts the tree over the root, where it is what every way
// leads to, and makes it this process's root. pivot_root would look at every thread of the host: whether its
// root or working directory is the old one.
Result<void> cover_root(int tree) {
  // What is beneath is what an escape from the jail's root would find.
  struct statfs beneath {};
  if (statfs("/", &beneath) != 0) return system_error(errno, "look at the template's root");
  if (beneath.f_type != SYSFS_MAGIC) return internal_error("the template namespace is not empty");
  if (syscall(SYS_move_mount, tree, "", AT_FDCWD, "/", kMoveFromEmptyPath) != 0)
    return system_error(errno, "mount the jail's root");
  if (fchdir(tree) != 0 || chroot(".") != 0) return system_error(errno, "enter the jail's root");
  return {};
}

// Of a namespace of the process's own.
Result<void> set_root_mounts(uint32_t flags) {
  struct mount_attr attr {};
  attr.attr_set = mount_attributes(flags);
  if (syscall(SYS_mount_setattr, AT_FDCWD, "/", kRecursive, &attr, sizeof attr) != 0)
    return system_error(errno, "set the options of the jail's mounts");
  return {};
}

}  // namespace

Result<void> enter_new_root_above(const EmptyNamespace& empty, int root, uint32_t flags) {
  JR_ASSIGN(UniqueFd tree, clone_tree(root, "", AT_EMPTY_PATH | kRecursive, "the jail's root"));
  // Before it is in any namespace, so that at no moment a mount that is made in the jail propagates to the
  // host. What the host mounts below the root later propagates to the jail.
  struct mount_attr slave {};
  slave.propagation = MS_SLAVE;
  slave.attr_set = mount_attributes(flags);
  if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH | kRecursive, &slave, sizeof slave) != 0)
    return system_error(errno, "make the jail's root a slave of the host's");
  if (setns(empty.file, CLONE_NEWNS) != 0) return system_error(errno, "join the template namespace");
  Result<void> entered =
      unshare(CLONE_NEWNS) == 0 ? cover_root(tree.get()) : system_error(errno, "make a mount namespace");
  if (entered) {
    leave_to_exec(std::move(tree));
    return {};
  }
  if (setns(empty.own, CLONE_NEWNS) != 0) return system_error(errno, "go back to the host's mount namespace");
  return entered;
}

bool can_set_mounts() {
  // Refused for its size before anything else is looked at.
  static const bool can = syscall(SYS_mount_setattr, -1, "", 0, nullptr, 0) != 0 && errno == EINVAL;
  return can;
}

Result<MountedAt> mounted_at(const std::string& path) {
  constexpr unsigned kMountId = 0x1000;  // STATX_MNT_ID, STATX_MNT_ID_UNIQUE of linux/stat.h
  constexpr unsigned kUniqueMountId = 0x4000;
  struct statx now {};
  for (const unsigned wanted : {kUniqueMountId, kMountId}) {
    if (statx(AT_FDCWD, path.c_str(), 0, STATX_INO | wanted, &now) != 0) return system_error(errno, path);
    if ((now.stx_mask & wanted) != 0)
      return MountedAt{now.stx_mnt_id, makedev(now.stx_dev_major, now.stx_dev_minor), now.stx_ino};
  }
  return input_error("this kernel does not number its mounts");
}

Result<void> enter_new_root(int root, uint32_t flags) {
  // The working directory follows the process into the copied namespace; a descriptor would still name the
  // mount in the original one.
  if (fchdir(root) != 0) return system_error(errno, "enter the jail's root");
  if (unshare(CLONE_NEWNS) != 0) return system_error(errno, "make a mount namespace");
  // Slave, so that nothing done from here on reaches the host, while mounts made there later below the
  // root propagate here.
  if (mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) != 0)
    return system_error(errno, "make the mounts slaves of the host's");
  JR_TRY(pivot_into_working_directory());
  return flags == 0 ? Result<void>{} : set_root_mounts(flags);
}

Result<void> enter_root_here(int root, uint32_t flags) {
  if (fchdir(root) != 0) return system_error(errno, "enter the jail's root");
  JR_TRY(pivot_into_working_directory());
  return flags == 0 ? Result<void>{} : set_root_mounts(flags);
}

namespace {

// If in doubt, true: where the table can't be read.
bool has_mounts_below(const std::string& path) {
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr) return true;
  const Result<std::vector<std::string>> below = mounts_below(resolved);
  return !below || !below.value().empty();
}

// Linux before 5.12 has no mount_setattr. There options are set on one mount at a time, once it is
// in a namespace.
Result<DetachedTree> leave_for_later(UniqueFd fd, const std::string& source, uint32_t flags) {
  if ((flags & JR_BIND_RECURSIVE) && mount_attributes(flags) != 0 && has_mounts_below(source))
    return input_error(source +
                       " has mounts below it, whose options this kernel can't set with its own: that " +
                       "takes Linux 5.12; bind them one by one, without rec");
  return DetachedTree{std::move(fd), flags, true};
}

Result<DetachedTree> take_tree_at(int there, const std::string& source, uint32_t flags) {
  const unsigned recursive = (flags & JR_BIND_RECURSIVE) ? kRecursive : 0;
  JR_ASSIGN(UniqueFd tree, clone_tree(there, "", AT_EMPTY_PATH | recursive, source));
  // Private while it is not in a namespace: a mount made on the host later must not propagate to
  // a read-only bind.
  struct mount_attr attr {};
  attr.attr_set = mount_attributes(flags);
  attr.propagation = MS_PRIVATE;
  if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH | recursive, &attr, sizeof attr) == 0)
    return DetachedTree{std::move(tree), flags, false};
  if (errno == ENOSYS) return leave_for_later(std::move(tree), source, flags);
  return system_error(errno, "set the mount options of " + source);
}

}  // namespace

Result<DetachedTree> take_tree(const std::string& source, uint32_t flags) {
  JR_ASSIGN(const HostFile there, open_host_source(source, HostKind::kAny, O_PATH));
  return take_tree_at(there.fd.get(), source, flags);
}

Result<PinnedSource> pin_source(const std::string& source) {
  PinnedSource pinned;
  JR_ASSIGN(pinned.file, open_host_source(source, HostKind::kAny, O_PATH));
  char path[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(pinned.file.fd.get());
  const ssize_t length = readlink(link.c_str(), path, sizeof path);
  if (length <= 0 || length == sizeof path) return system_error(length < 0 ? errno : ENAMETOOLONG, source);
  pinned.path.assign(path, static_cast<size_t>(length));
  return pinned;
}

Result<DetachedTree> take_pinned_tree(const PinnedSource& pinned, uint32_t flags) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  const UniqueFd here(
      static_cast<int>(syscall(SYS_openat2, AT_FDCWD, pinned.path.c_str(), &how, sizeof how)));
  struct stat now {};
  if (!here || fstat(here.get(), &now) != 0) return system_error(errno, "open " + pinned.path);
  if (now.st_dev != pinned.file.now.st_dev || now.st_ino != pinned.file.now.st_ino)
    return input_error(pinned.path + " is not the file that it was when the plan was made");
  Result<DetachedTree> tree = take_tree_at(here.get(), pinned.path, flags);
  if (tree || tree.error().error_number != EINVAL || (flags & JR_BIND_RECURSIVE) != 0) return tree;
  // What a mount that is not the user namespace's own hides must stay hidden: it comes with its tree or not
  // at all. What the kernel mounts below /proc is no more than the rest of it.
  if (pinned.path.compare(0, 6, "/proc/") == 0)
    return take_tree_at(here.get(), pinned.path, flags | JR_BIND_RECURSIVE);
  return input_error(pinned.path +
                     " has mounts below it, which without root can be bound only with it: add rec");
}

Result<void> map_owners(const DetachedTree& tree, int user_namespace) {
  struct mount_attr attr {};
  attr.attr_set = MOUNT_ATTR_IDMAP;
  attr.userns_fd = static_cast<unsigned>(user_namespace);
  const unsigned recursive = (tree.flags & JR_BIND_RECURSIVE) ? kRecursive : 0;
  if (tree.is_unfinished) errno = ENOSYS;
  if (!tree.is_unfinished &&
      syscall(SYS_mount_setattr, tree.fd.get(), "", AT_EMPTY_PATH | recursive, &attr, sizeof attr) == 0)
    return {};
  const int reason = errno;
  return system_error(reason, reason == EINVAL
                                  ? "map its owners, which this kernel can't do on its filesystem"
                                  : "map its owners, which takes Linux 5.12");
}

Result<void> place_tree(int tree, int target) {
  if (syscall(SYS_move_mount, tree, "", target, "", kMoveFromEmptyPath | kMoveToEmptyPath) != 0)
    return system_error(errno, "move_mount");
  return {};
}

namespace {

constexpr unsigned long kSettable = MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC;

// The options of the mount at `name` in the working directory. Those of its source stay.
Result<void> set_options(const DetachedTree& tree, const char* name) {
  struct statvfs now {};
  if (fstatvfs(tree.fd.get(), &now) != 0) return system_error(errno, "look at the mount");
  const unsigned long kept = now.f_flag & (kSettable | MS_NOATIME | MS_NODIRATIME);
  unsigned long wanted = 0;
  if (tree.flags & JR_MOUNT_READ_ONLY) wanted |= MS_RDONLY;
  if (tree.flags & JR_MOUNT_NODEV) wanted |= MS_NODEV;
  if (tree.flags & JR_MOUNT_NOSUID) wanted |= MS_NOSUID;
  if (tree.flags & JR_MOUNT_NOEXEC) wanted |= MS_NOEXEC;
  if (mount(nullptr, name, nullptr, MS_PRIVATE | MS_REC, nullptr) != 0)
    return system_error(errno, "make the mount private");
  if (wanted != 0 && mount(nullptr, name, nullptr, MS_REMOUNT | MS_BIND | kept | wanted, nullptr) != 0)
    return system_error(errno, "set the mount options");
  // mount(2) takes a name: the descriptor shows whether it was still this mount's.
  if (fstatvfs(tree.fd.get(), &now) != 0) return system_error(errno, "look at the mount");
  if ((now.f_flag & wanted) != wanted) return internal_error("the options were set on another mount");
  return {};
}

}  // namespace

Result<void> finish_tree(const DetachedTree& tree, const Place& place) {
  if (!tree.is_unfinished) return {};
  if (fchdir(place.parent()) != 0) return system_error(errno, "enter the mount point's directory");
  Result<void> set = set_options(tree, place.leaf.c_str());
  if (chdir("/") != 0) return system_error(errno, "chdir /");
  return set;
}

Result<void> make_root_read_only() {
  struct mount_attr attr {};
  attr.attr_set = MOUNT_ATTR_RDONLY;
  if (syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof attr) == 0) return {};
  struct statvfs now {};
  // Before Linux 5.12 all options of the mount have to be named.
  if (errno == ENOSYS && statvfs("/", &now) == 0 &&
      mount(nullptr, "/", nullptr,
            MS_REMOUNT | MS_BIND | MS_RDONLY | (now.f_flag & (kSettable | MS_NOATIME | MS_NODIRATIME)),
            nullptr) == 0)
    return {};
  return system_error(errno, "make the jail's root read-only");
}

Result<void> make_read_only(int mount) {
  struct mount_attr attr {};
  attr.attr_set = MOUNT_ATTR_RDONLY;
  if (syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0) return {};
  return system_error(errno, "make the filesystem read-only");
}

Result<void> mount_new(const NewMount& request, int target) {
  unsigned long flags = 0;
  if (request.flags & JR_MOUNT_READ_ONLY) flags |= MS_RDONLY;
  if (request.flags & JR_MOUNT_NODEV) flags |= MS_NODEV;
  if (request.flags & JR_MOUNT_NOSUID) flags |= MS_NOSUID;
  if (request.flags & JR_MOUNT_NOEXEC) flags |= MS_NOEXEC;
  // mount(2) takes no descriptor; the working directory is one that needs no /proc inside the jail.
  if (fchdir(target) != 0) return system_error(errno, "enter the mount point");
  const std::string& source = request.source.empty() ? request.type : request.source;
  const bool mounted = mount(source.c_str(), ".", request.type.c_str(), flags, request.data.c_str()) == 0;
  const int mount_error = errno;
  if (chdir("/") != 0) return system_error(errno, "chdir /");
  if (!mounted) return system_error(mount_error, "mount " + request.type);
  return {};
}

}  // namespace jailrun::sys
