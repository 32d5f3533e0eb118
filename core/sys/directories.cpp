// SPDX-License-Identifier: Apache-2.0
#include "core/sys/directories.hpp"

#include <cerrno>
#include <ctime>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace jailrun::sys {
namespace {

constexpr const char* kMark = "trusted.jailrun";
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// The mark of what jailrun made: an extended attribute, and where the filesystem has none, the sticky bit,
// which has no effect on a directory that only root may write to.
Result<void> mark(int fd, const std::string& name) {
  if (fsetxattr(fd, kMark, "1", 1, 0) == 0 || fchmod(fd, 01755) == 0) return {};
  return system_error(errno, "mark directory " + name);
}

Result<bool> is_marked(int fd, const std::string& name) {
  char value = 0;
  struct stat now {};
  if (fgetxattr(fd, kMark, &value, 1) == 1) return true;
  if (errno != ENODATA && errno != EOPNOTSUPP)
    return system_error(errno, "read the mark of directory " + name);
  if (fstat(fd, &now) != 0) return system_error(errno, "stat directory " + name);
  return now.st_uid == getauxval(AT_EUID) && (now.st_mode & 07777) == 01755;
}

// True while `name` in `parent` is still the directory behind `fd`: between open and lock it may
// have been removed.
bool is_still(int fd, int parent, const std::string& name) {
  struct stat mine {};
  struct stat named {};
  return fstat(fd, &mine) == 0 && fstatat(parent, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

std::string unnamed(const std::string& name) { return ".jailrun-" + name; }

// Makes the directory under another name, marks it, and renames it. If another launch was faster, its
// directory is as good.
Result<void> make_marked(int parent, const std::string& name) {
  const std::string made = unnamed(name);
  if (mkdirat(parent, made.c_str(), 0755) != 0 && errno != EEXIST)
    return system_error(errno, "mkdir " + name);
  const auto give_name = [&]() -> Result<void> {
    const UniqueFd fd(openat(parent, made.c_str(), kDirectory));
    if (!fd && errno == ENOENT) return {};  // another launch has just made it
    if (!fd) return system_error(errno, "open directory " + made);
    JR_TRY(mark(fd.get(), name));
    if (renameat2(parent, made.c_str(), parent, name.c_str(), RENAME_NOREPLACE) == 0 || errno == ENOENT)
      return {};
    if (errno == EEXIST) {
      unlinkat(parent, made.c_str(), AT_REMOVEDIR);
      return {};
    }
    return system_error(errno, "rename to " + name);
  };
  Result<void> named = give_name();
  if (!named) unlinkat(parent, made.c_str(), AT_REMOVEDIR);
  return named;
}

}  // namespace

Result<UniqueFd> open_or_make_marked(int parent, const std::string& name) {
  for (;;) {
    UniqueFd fd(openat(parent, name.c_str(), kDirectory));
    if (fd) return fd;
    if (errno != ENOENT) return system_error(errno, "open directory " + name);
    JR_TRY(make_marked(parent, name));
  }
}

Result<bool> remove_if_marked_and_empty(int parent, const std::string& name) {
  // Left by a launch that was killed while it made the directory.
  unlinkat(parent, unnamed(name).c_str(), AT_REMOVEDIR);
  const UniqueFd fd(openat(parent, name.c_str(), kDirectory));
  if (!fd && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return false;
  if (!fd) return system_error(errno, "open directory " + name);
  JR_ASSIGN(const bool marked, is_marked(fd.get(), name));
  if (!marked) return false;
  if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0) return true;
  if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT) return false;  // other jails are in it
  return system_error(errno, "remove directory " + name);
}

namespace {

Result<UniqueFd> lock_opened(int parent, const std::string& name) {
  UniqueFd fd(openat(parent, name.c_str(), kDirectory));
  if (!fd) return system_error(errno, "open directory " + name);
  int locked = 0;
  while ((locked = flock(fd.get(), LOCK_EX | LOCK_NB)) != 0 && errno == EINTR) {
  }
  if (locked != 0) return system_error(errno, "lock directory " + name);
  return fd;
}

}  // namespace

Result<UniqueFd> open_locked(int parent, const std::string& name) {
  for (;;) {
    JR_ASSIGN(UniqueFd fd, lock_opened(parent, name));
    if (is_still(fd.get(), parent, name)) return fd;
  }
}

Result<LockedDirectory> make_locked(int parent, const std::string& name) {
  for (;;) {
    // 0700: whoever else could open it could hold its lock for ever.
    const bool is_new = mkdirat(parent, name.c_str(), 0700) == 0;
    if (!is_new && errno != EEXIST) return system_error(errno, "mkdir " + name);
    Result<UniqueFd> locked = is_new ? lock_opened(parent, name) : open_locked(parent, name);
    if (locked) return LockedDirectory{std::move(locked).value(), is_new};
    if (locked.error().error_number != ENOENT) return std::move(locked).error();
  }
}

Result<bool> is_empty(int directory) {
  const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(fd < 0 ? nullptr : fdopendir(fd), closedir);
  if (listing == nullptr) return system_error(errno, "list a directory");
  errno = 0;
  while (const dirent* entry = readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return false;
  }
  if (errno != 0) return system_error(errno, "list a directory");
  return true;
}

// Not by opendir, which looks at the directory first and has a buffer of 32 KiB.
std::vector<std::string> list_directory(const std::string& path) {
  std::vector<std::string> names;
  const UniqueFd listing(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  alignas(dirent64) char buffer[4096];
  ssize_t size = 0;
  while (listing && (size = getdents64(listing.get(), buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < size;) {
      const auto* const entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace jailrun::sys
