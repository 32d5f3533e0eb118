// SPDX-License-Identifier: Apache-2.0
#include "core/sys/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

constexpr int kPathOnly = O_PATH | O_NOFOLLOW | O_CLOEXEC;

// A directory can be opened again by its own name for itself; anything else needs fchmodat2 of Linux 6.6.
bool chmod_without_proc(int fd, uint32_t mode) {
  constexpr long kFchmodat2 = 452;
  if (syscall(kFchmodat2, fd, "", mode, AT_EMPTY_PATH) == 0) return true;
  const UniqueFd directory(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory && fchmod(directory.get(), mode) == 0;
}

// Owner and mode of something opened O_PATH, for which fchown and fchmod are refused. The mode is changed
// first if no chown follows, which would clear set-id bits.
Result<void> own_path(int fd, const struct stat& now, const Ownership& wanted, const std::string& leaf) {
  if ((now.st_uid != wanted.owner.uid || now.st_gid != wanted.owner.gid) &&
      fchownat(fd, "", wanted.owner.uid, wanted.owner.gid, AT_EMPTY_PATH) != 0)
    return system_error(errno, "chown " + leaf);
  if ((now.st_mode & 07777) != wanted.mode) {
    // fchmodat2 is newer than the kernels that jailrun supports; before it there is the magic link of an
    // O_PATH descriptor. thread-self: the guard may be the only thread left, and then /proc/self is that of a
    // thread that has exited.
    const std::string link = "/proc/thread-self/fd/" + std::to_string(fd);
    if (chmod(link.c_str(), wanted.mode) != 0 && !(errno == ENOENT && chmod_without_proc(fd, wanted.mode)))
      return system_error(errno, "chmod " + leaf);
  }
  return {};
}

}  // namespace

Result<MadeDirectory> make_directory(const Place& place, const Ownership& ownership) {
  const char* leaf = place.leaf.c_str();
  const bool made = mkdirat(place.parent(), leaf, ownership.mode) == 0;
  if (!made && errno != EEXIST) return system_error(errno, "mkdir " + place.leaf);
  // Opened without following links: between mkdir and chown a tenant who owns the parent could put a link to
  // a host directory in its place, and chown by name would change that directory's owner.
  UniqueFd fd(openat(place.parent(), leaf, kPathOnly | O_DIRECTORY));
  if (!fd) return system_error(errno, "open directory " + place.leaf);
  if (!made) return MadeDirectory{std::move(fd), false};
  struct stat now {};
  if (fstat(fd.get(), &now) != 0) return system_error(errno, "stat " + place.leaf);
  // A directory that was swapped in by rename would not be root's, or the caller's, and new.
  if (now.st_uid != getauxval(AT_EUID))
    return system_error(EPERM, "directory " + place.leaf + " was exchanged while it was made");
  JR_TRY(own_path(fd.get(), now, ownership, place.leaf));
  return MadeDirectory{std::move(fd), true};
}

Result<void> set_directory_ownership(int fd, const Ownership& ownership) {
  struct stat now {};
  if (fstat(fd, &now) != 0) return system_error(errno, "stat the directory");
  const uint32_t mode = ownership.mode == kKeepMode ? now.st_mode & 07777 : ownership.mode;
  return own_path(fd, now, {mode, ownership.owner}, "the directory");
}

Result<UniqueFd> make_file(const Place& place) {
  const int fd =
      openat(place.parent(), place.leaf.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return system_error(errno, "create " + place.leaf);
  return UniqueFd(fd);
}

Result<void> set_ownership(int fd, const Ownership& ownership) {
  // Always: in a directory with the set-group-id bit a new file has the directory's group.
  if (fchown(fd, ownership.owner.uid, ownership.owner.gid) != 0) return system_error(errno, "chown");
  // After the chown, which clears set-id bits.
  if (fchmod(fd, ownership.mode) != 0) return system_error(errno, "chmod");
  return {};
}

Result<void> write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "write");
    content.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<void> sync_data(int fd, const std::string& what) {
  return fdatasync(fd) == 0 ? Result<void>{} : system_error(errno, "write " + what + " to the disk");
}

Result<void> sync_names(int directory, const std::string& what) {
  const UniqueFd fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd && fsync(fd.get()) == 0) return {};
  return system_error(errno, "write " + what + " to the disk");
}

namespace {

// Within the kernel, where it can: a buffer is copied twice, and each of its pages is touched for the first
// time. False where it can't.
Result<bool> copy_in_kernel(int from, int to, uint64_t& size) {
  while (size > 0) {
    constexpr uint64_t kSent = 1UL << 20;  // a signal waits no longer than for these
    const ssize_t count = sendfile(to, from, nullptr, std::min(size, kSent));
    if (count > 0) size -= static_cast<uint64_t>(count);
    if (count == 0) return true;
    if (count > 0 || errno == EINTR) continue;
    if (errno == EINVAL || errno == ENOSYS) return false;
    return system_error(errno, "copy");
  }
  return true;
}

// A separate function, never inlined: a stack frame with a buffer of this size touches each of its pages.
[[gnu::noinline]] Result<void> copy_through_buffer(int from, int to, uint64_t size) {
  char chunk[64 * 1024];
  while (size > 0) {
    const ssize_t count = read(from, chunk, std::min<uint64_t>(size, sizeof chunk));
    if (count == 0) return {};
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read");
    JR_TRY(write_all(to, {chunk, static_cast<size_t>(count)}));
    size -= static_cast<uint64_t>(count);
  }
  return {};
}

Result<void> copy_otherwise(int from, int to, uint64_t size) {
  JR_ASSIGN(const bool done, copy_in_kernel(from, to, size));
  return done ? Result<void>() : copy_through_buffer(from, to, size);
}

// No signal interrupts the copy of one.
constexpr uint64_t kPiece = 64UL << 20;

// Copies what follows both descriptors' positions, up to `size` bytes or the end.
Result<void> copy_span(int from, int to, uint64_t size) {
  while (size > 0) {
    const ssize_t count = copy_file_range(from, nullptr, to, nullptr, std::min(size, kPiece), 0);
    if (count > 0) size -= static_cast<uint64_t>(count);
    if (count == 0) return {};
    if (count > 0 || errno == EINTR) continue;
    // Not supported between these filesystems, or refused by this kernel: the data is copied
    // through this process.
    if (errno == EXDEV || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)
      return copy_otherwise(from, to, size);
    return system_error(errno, "copy");
  }
  return {};
}

// Only the data; holes, which copy_file_range and read would fill with zeros, stay holes.
Result<void> copy_around_holes(int from, int to, off_t size) {
  for (off_t hole = 0; hole < size;) {
    const off_t data = lseek(from, hole, SEEK_DATA);
    if (data < 0 && errno == ENXIO) {  // only a hole up to the end
      if (ftruncate(to, size) != 0) return system_error(errno, "set the size");
      return {};
    }
    if (data < 0) return system_error(errno, "look for data");
    hole = lseek(from, data, SEEK_HOLE);
    if (hole < 0 || lseek(from, data, SEEK_SET) < 0 || lseek(to, data, SEEK_SET) < 0)
      return system_error(errno, "look for a hole");
    JR_TRY(copy_span(from, to, static_cast<uint64_t>(hole - data)));
  }
  return {};
}

}  // namespace

Result<void> copy_data(int from, int to) {
  struct stat now {};
  if (fstat(from, &now) != 0) return system_error(errno, "stat");
  return copy_data(from, to, now);
}

Result<void> copy_data(int from, int to, const struct stat& now) {
  constexpr blkcnt_t kBlock = 512;  // regardless of st_blksize
  const bool has_holes = now.st_size / kBlock > now.st_blocks;
  // copy_file_range shares data by itself where the filesystem can; the whole of a large file is shared
  // sooner.
  if ((has_holes || static_cast<uint64_t>(now.st_size) > kPiece) && ioctl(to, FICLONE, from) == 0) return {};
  if (has_holes) return copy_around_holes(from, to, now.st_size);
  // The kernel's own files have content and no size.
  return copy_span(from, to, now.st_size > 0 ? static_cast<uint64_t>(now.st_size) : UINT64_MAX);
}

Result<void> share_data(int from, int to) {
  if (ioctl(to, FICLONE, from) == 0) return {};
  return system_error(errno, kShareData);
}

int link_descriptor(int file, int directory, const char* name) {
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const int linked = linkat(AT_FDCWD, path.c_str(), directory, name, AT_SYMLINK_FOLLOW);
  if (linked == 0 || errno != ENOENT) return linked;
  // Without /proc; this takes CAP_DAC_READ_SEARCH.
  return linkat(file, "", directory, name, AT_EMPTY_PATH);
}

Result<void> link_file(int file, const Place& place) {
  if (link_descriptor(file, place.parent(), place.leaf.c_str()) == 0) return {};
  return system_error(
      errno, errno == EXDEV ? "link " + place.leaf + " to a file on another mount" : "link " + place.leaf);
}

Result<void> make_node(const Place& place, mode_t type, dev_t number, const Ownership& ownership) {
  const char* leaf = place.leaf.c_str();
  // It is root's until it has been checked; its owner is set by descriptor. One that is to be root's and open
  // to all alike is so at once: changing the mode goes through /proc.
  const bool is_for_all = ownership.owner.uid == 0 && ownership.owner.gid == 0 &&
                          ((ownership.mode >> 3) & 7) == (ownership.mode & 7);
  const mode_t first = is_for_all ? ownership.mode : 0600;
  if (mknodat(place.parent(), leaf, type | first, number) != 0 && errno != EEXIST)
    return system_error(errno, "mknod " + place.leaf);
  const UniqueFd fd(openat(place.parent(), leaf, kPathOnly));
  struct stat now {};
  if (!fd || fstat(fd.get(), &now) != 0) return system_error(errno, "stat node " + place.leaf);
  if ((now.st_mode & S_IFMT) != type || now.st_rdev != number)
    return system_error(EEXIST, "something else exists at node " + place.leaf);
  return own_path(fd.get(), now, ownership, place.leaf);
}

Result<void> set_node_ownership(int fd, const Ownership& ownership, const std::string& name) {
  struct stat now {};
  if (fstat(fd, &now) != 0) return system_error(errno, "stat node " + name);
  return own_path(fd, now, ownership, name);
}

namespace {

// A filesystem that is read-only refuses to remove before it looks: what isn't there is not left either.
Result<void> removed(const Place& place, int flags, const char* what) {
  if (unlinkat(place.parent(), place.leaf.c_str(), flags) == 0 || errno == ENOENT) return {};
  Error error = system_error(errno, what + place.leaf);
  struct stat there {};
  if (fstatat(place.parent(), place.leaf.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
    return {};
  return error;
}

}  // namespace

Result<void> remove_file(const Place& place) { return removed(place, 0, "unlink "); }

Result<void> remove_directory(const Place& place) { return removed(place, AT_REMOVEDIR, "rmdir "); }

}  // namespace jailrun::sys
