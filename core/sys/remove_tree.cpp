// SPDX-License-Identifier: Apache-2.0
#include "core/sys/remove_tree.hpp"

#include <cerrno>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// A directory below `parent` to be emptied; EXDEV where it is a mount point.
UniqueFd open_directory(int parent, const std::string& name) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
  const long fd = syscall(SYS_openat2, parent, name.c_str(), &how, sizeof how);
  if (fd >= 0 || errno != ENOSYS) return UniqueFd(static_cast<int>(fd));
  UniqueFd plain(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct statx now {};
  if (plain && statx(plain.get(), "", AT_EMPTY_PATH, STATX_TYPE, &now) == 0 &&
      (now.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
    plain.reset();
    errno = EXDEV;
  }
  return plain;
}

class TreeRemover {
 public:
  explicit TreeRemover(const Place& top) : top_(top) {}

  Result<void> run() {
    if (!descend(top_.parent(), top_.leaf)) {
      if (errno == ENOENT) return {};
      return refused(errno, top_.leaf);
    }
    while (!levels_.empty()) {
      errno = 0;
      const dirent* entry = readdir(here());
      if (entry == nullptr && errno != 0) return refused(errno, levels_.back().name);
      JR_TRY(entry == nullptr ? leave() : remove(entry->d_name));
    }
    return {};
  }

 private:
  struct Level {
    std::unique_ptr<DIR, int (*)(DIR*)> listing;
    std::string name;
  };
  // Levels are kept here, not on the stack, and at most this many: each is an open descriptor.
  static constexpr size_t kDeepest = 64;

  DIR* here() const { return levels_.back().listing.get(); }

  bool descend(int parent, const std::string& name) {
    const UniqueFd fd = open_directory(parent, name);
    DIR* listing = fd ? fdopendir(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3)) : nullptr;
    if (listing == nullptr) return false;
    levels_.push_back({{listing, closedir}, name});
    return true;
  }

  Result<void> remove(const std::string& name) {
    if (name == "." || name == "..") return {};
    if (unlinkat(dirfd(here()), name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return refused(errno, name);
    if (levels_.size() >= kDeepest) return lift(name);
    if (!descend(dirfd(here()), name)) return refused(errno, name);
    return {};
  }

  // Too deep: the directory is moved up to the top, where it will be found again.
  Result<void> lift(const std::string& name) {
    for (;;) {
      const std::string lifted = ".jailrun-lifted-" + std::to_string(lifted_++);
      if (renameat2(dirfd(here()), name.c_str(), dirfd(levels_.front().listing.get()), lifted.c_str(),
                    RENAME_NOREPLACE) == 0)
        return {};
      if (errno != EEXIST) return refused(errno, name);
    }
  }

  // The level is empty, unless something was moved up to it after it was listed.
  Result<void> leave() {
    const int parent = levels_.size() == 1 ? top_.parent() : dirfd(levels_[levels_.size() - 2].listing.get());
    if (unlinkat(parent, levels_.back().name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) {
      levels_.pop_back();
      return {};
    }
    const bool again = errno == ENOTEMPTY && levels_.size() == 1 && lifted_ != seen_;
    if (!again) return refused(errno, levels_.back().name);
    seen_ = lifted_;
    rewinddir(here());
    return {};
  }

  static Error refused(int error_number, const std::string& name) {
    if (error_number == EXDEV) return system_error(EBUSY, "something is mounted on " + name);
    return system_error(error_number, "remove " + name);
  }

  const Place& top_;
  std::vector<Level> levels_;
  size_t lifted_ = 0;  // directories moved up so far
  size_t seen_ = 0;    // of these, how many there were when the top was last listed
};

}  // namespace

Result<void> remove_tree(const Place& place) { return TreeRemover(place).run(); }

}  // namespace jailrun::sys
