// SPDX-License-Identifier: Apache-2.0
// Mounts, roots and devices: what turns a root into somebody else's.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

namespace escapes {
namespace {

constexpr unsigned long kNoDevices =
    4 | 2;  // MS_NODEV | MS_NOSUID; <sys/mount.h> contradicts <linux/mount.h>

Result change_root(const Targets&) { return by(chroot("/")); }

Result mount_something(const Targets&) {
  const std::string directory = writable_directory();
  if (directory.empty()) return blocked("no directory to mount on");
  if (syscall(SYS_mount, "probe", directory.c_str(), "tmpfs", kNoDevices, nullptr) != 0) return failed();
  syscall(SYS_umount2, directory.c_str(), 2);
  return reached();
}

Result open_a_filesystem(const Targets&) { return by(syscall(SYS_fsopen, "tmpfs", 0)); }
Result clone_a_mount(const Targets&) { return by(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE)); }

// Major 7 is the loop devices': what any host may have.
Result make_a_disk_node(const Targets&) {
  const std::string directory = writable_directory();
  const std::string node = directory + "/disk";
  if (directory.empty()) return blocked("no directory for it");
  if (mknod(node.c_str(), S_IFBLK | 0600, makedev(7, 0)) != 0) return failed();
  unlink(node.c_str());
  return reached();
}

Result use_kvm(const Targets&) { return open_and_close("/dev/kvm", O_RDWR); }
Result use_tun(const Targets&) { return open_and_close("/dev/net/tun", O_RDWR); }
Result use_fuse(const Targets&) { return open_and_close("/dev/fuse", O_RDWR); }

// By a handle, past all directories: as shocker.c did. The caller passes one of a file on the host.
Result open_by_handle(const Targets&) {
  alignas(file_handle) char bytes[sizeof(file_handle) + MAX_HANDLE_SZ] = {};
  auto* const handle = reinterpret_cast<file_handle*>(bytes);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount_id = 0;
  if (name_to_handle_at(AT_FDCWD, "/", handle, &mount_id, 0) != 0) return failed();
  const int at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int fd = open_by_handle_at(at < 0 ? AT_FDCWD : at, handle, O_PATH | O_CLOEXEC);
  // ESTALE comes after the question of privileges.
  return fd < 0 && errno != ESTALE ? failed() : reached();
}

Result watch_files(const Targets&) { return by(fanotify_init(FAN_CLOEXEC | FAN_CLASS_CONTENT, O_RDONLY)); }

}  // namespace

Probes filesystems() {
  return {{"change-root", change_root},
          {"mount-a-filesystem", mount_something},
          {"open-a-filesystem", open_a_filesystem},
          {"clone-a-mount", clone_a_mount},
          {"make-a-disk-node", make_a_disk_node},
          {"use-kvm", use_kvm},
          {"use-a-network-device", use_tun},
          {"use-fuse", use_fuse},
          {"open-a-file-by-handle", open_by_handle},
          {"hold-up-others-files", watch_files}};
}

}  // namespace escapes
