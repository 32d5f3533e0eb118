#include "core/sys/directories.hpp"

#include <cerrno>
#include <ctime>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace jailrun::sys {
namespace {

constexpr const char* kMark = "trusted.jailrun";
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

bool is_marked(int parent, const std::string& name) {
  const UniqueFd fd(openat(parent, name.c_str(), kDirectory));
  char value = 0;
  return fd && fgetxattr(fd.get(), kMark, &value, 1) == 1;
}

// True while `name` in `parent` is still the directory behind `fd`: between open and lock it may have been
// removed.
bool is_still(int fd, int parent, const std::string& name) {
  struct stat mine {};
  struct stat named {};
  return fstat(fd, &mine) == 0 && fstatat(parent, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

}  // namespace

Result<UniqueFd> open_or_make_marked(int parent, const std::string& name) {
  const std::string unnamed = ".jailrun-" + name;
  for (;;) {
    UniqueFd fd(openat(parent, name.c_str(), kDirectory));
    if (fd) return fd;
    if (errno != ENOENT) return system_error(errno, "open directory " + name);
    if (mkdirat(parent, unnamed.c_str(), 0755) != 0 && errno != EEXIST)
      return system_error(errno, "mkdir " + name);
    const UniqueFd made(openat(parent, unnamed.c_str(), kDirectory));
    if (!made) {
      if (errno == ENOENT) continue;  // another launch has just named it
      return system_error(errno, "open directory " + unnamed);
    }
    fsetxattr(made.get(), kMark, "1", 1, 0);  // no xattrs on this filesystem: then nobody removes it
    if (renameat2(parent, unnamed.c_str(), parent, name.c_str(), RENAME_NOREPLACE) == 0 || errno == ENOENT)
      continue;
    if (errno != EEXIST) return system_error(errno, "rename to " + name);
    unlinkat(parent, unnamed.c_str(), AT_REMOVEDIR);
  }
}

bool remove_if_marked_and_empty(int parent, const std::string& name) {
  // What a launch that was killed right here left behind.
  unlinkat(parent, (".jailrun-" + name).c_str(), AT_REMOVEDIR);
  return is_marked(parent, name) && unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0;
}

Result<UniqueFd> open_locked(int parent, const std::string& name) {
  for (;;) {
    UniqueFd fd(openat(parent, name.c_str(), kDirectory));
    if (!fd) return system_error(errno, "open directory " + name);
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return system_error(errno, "lock directory " + name);
    if (is_still(fd.get(), parent, name)) return fd;
  }
}

Result<UniqueFd> make_locked(int parent, const std::string& name) {
  for (;;) {
    if (mkdirat(parent, name.c_str(), 0755) != 0 && errno != EEXIST)
      return system_error(errno, "mkdir " + name);
    Result<UniqueFd> locked = open_locked(parent, name);
    if (locked || locked.error().error_number != ENOENT) return locked;
  }
}

std::vector<std::string> list_directory(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(path.c_str()), closedir);
  while (const dirent* entry = listing ? readdir(listing.get()) : nullptr) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  return names;
}

}  // namespace jailrun::sys
