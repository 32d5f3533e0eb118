// SPDX-License-Identifier: Apache-2.0
#include "core/sys/remove_tree.hpp"

#include "core/sys/take_directory.hpp"

#include <cerrno>
#include <ctime>
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

// Of a directory of the caller's own: he may read and change it. By a descriptor that does not take that.
bool open_to_owner(int parent, const std::string& name) {
  const UniqueFd there(openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat now {};
  const std::string link = "/proc/self/fd/" + std::to_string(there.get());
  const bool is_opened = there && fstat(there.get(), &now) == 0 && now.st_uid == geteuid() &&
                         (now.st_mode & 0700) != 0700 && chmod(link.c_str(), 0700) == 0;
  if (!is_opened) errno = EACCES;
  return is_opened;
}

timespec now() {
  timespec time{};
  // The clock that files get their times from.
  clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return time;
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
      if (entry == nullptr && errno != 0) fail(errno, levels_.back().name);
      if (entry == nullptr)
        leave();
      else
        remove(entry->d_name);
      if (changed_ > kMostChanged)
        return system_error(EBUSY, "a process that is left over keeps making directories below " + top_.leaf);
    }
    return std::move(first_);
  }

 private:
  struct Level {
    std::unique_ptr<DIR, int (*)(DIR*)> listing;
    std::string name;
    int rounds = 0;       // how often it was listed again
    size_t failures = 0;  // what is in it and can't be removed
  };
  // Levels are kept here, not on the stack, and at most this many: each is an open descriptor.
  static constexpr size_t kDeepest = 64;
  // Directories that were changed since the removal began, and not by it: someone who works below makes new
  // ones as fast as they are removed. A call that had begun before its directory was taken from him may still
  // add one entry to it, and he may have many threads.
  static constexpr size_t kMostChanged = 20000;
  static constexpr int kMostRounds = 100;

  DIR* here() const { return levels_.back().listing.get(); }

  bool descend(int parent, const std::string& name) {
    UniqueFd fd = open_directory(parent, name);
    // Who is not root, and whose program it was that has closed the directory.
    if (!fd && errno == EACCES && open_to_owner(parent, name)) fd = open_directory(parent, name);
    struct stat now {};
    if (!fd || fstat(fd.get(), &now) != 0) return false;
    const bool is_later = now.st_ctim.tv_sec != began_.tv_sec ? now.st_ctim.tv_sec > began_.tv_sec
                                                              : now.st_ctim.tv_nsec > began_.tv_nsec;
    // Those that were lifted are changed by that.
    if (is_later && name.compare(0, kLifted.size(), kLifted) != 0) ++changed_;
    take_directory(fd.get(), now);
    DIR* listing = fdopendir(fd.get());
    if (listing == nullptr) return false;
    fd.release();
    levels_.push_back({{listing, closedir}, name});
    return true;
  }

  void remove(const std::string& name) {
    if (name == "." || name == "..") return;
    const auto is_gone = [&] { return unlinkat(dirfd(here()), name.c_str(), 0) == 0 || errno == ENOENT; };
    if (is_gone()) return;
    if (errno != EISDIR && errno != EPERM && errno != EROFS) return fail(errno, name);
    const int reason = errno;
    if (levels_.size() >= kDeepest && lift(name)) return;
    if (descend(dirfd(here()), name) || errno == ENOENT) return;
    if (errno != ENOTDIR || reason == EISDIR) return fail(errno, name);
    // A file after all, and attributes forbid it: its own, its directory's, a read-only snapshot's above.
    bool is_freed = clear_attributes_of(dirfd(here()), name);
    for (const Level& level : levels_) is_freed |= clear_attributes(dirfd(level.listing.get()));
    if (!is_freed || !is_gone()) fail(reason, name);
  }

  // Too deep: the directory is moved up to the top, where it will be found again. False: it can't be, or is
  // not one.
  bool lift(const std::string& name) {
    const int top = dirfd(levels_.front().listing.get());
    for (;;) {
      const std::string lifted = kLifted + std::to_string(lifted_);
      const bool is_lifted =
          renameat2(dirfd(here()), name.c_str(), top, lifted.c_str(), RENAME_NOREPLACE) == 0;
      const int error_number = errno;
      if (is_lifted || error_number == EEXIST) ++lifted_;
      if (is_lifted) return true;
      if (error_number == EXDEV && clear_project(top)) continue;
      if (error_number == EPERM && clear_attributes_of_directory(name)) continue;
      // What can't be moved is emptied where it is, as deep as there are descriptors.
      if (error_number != EEXIST) return false;
    }
  }

  bool clear_attributes_of_directory(const std::string& name) const {
    const UniqueFd fd = open_directory(dirfd(here()), name);
    return fd && clear_attributes(fd.get());
  }

  // The level is empty, unless something was moved up to it after it was listed, or a call that had begun
  // before it was taken from its owner has added to it.
  void leave() {
    Level& level = levels_.back();
    const int parent = levels_.size() == 1 ? top_.parent() : dirfd(levels_[levels_.size() - 2].listing.get());
    const std::string name = level.name;
    if (level.failures != 0 && (levels_.size() != 1 || lifted_ == seen_)) return leave_behind();
    if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return levels_.pop_back();
    int error_number = errno;
    if ((error_number == EPERM || error_number == EROFS) && clear_attributes(dirfd(here()))) {
      if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0) return levels_.pop_back();
      error_number = errno;
    }
    const bool was_lifted_to = levels_.size() == 1 && lifted_ != seen_;
    if (error_number == ENOTEMPTY && (was_lifted_to || level.rounds++ < kMostRounds)) {
      seen_ = lifted_;
      level.failures = 0;
      return rewinddir(here());
    }
    fail(error_number, name);
    leave_behind();
  }

  void leave_behind() {
    levels_.pop_back();
    if (!levels_.empty()) ++levels_.back().failures;
  }

  void fail(int error_number, const std::string& name) {
    ++levels_.back().failures;
    if (first_) first_ = refused(error_number, name);
  }

  static Error refused(int error_number, const std::string& name) {
    if (error_number == EXDEV) return system_error(EBUSY, "something is mounted on " + name);
    return system_error(error_number, "remove " + name);
  }

  inline static const std::string kLifted = ".jailrun-lifted-";
  const Place& top_;
  const timespec began_ = now();
  std::vector<Level> levels_;
  size_t lifted_ = 0;   // directories moved up so far
  size_t seen_ = 0;     // of these, how many there were when the top was last listed
  size_t changed_ = 0;  // see kMostChanged
  Result<void> first_;
};

}  // namespace

Result<void> remove_tree(const Place& place) { return TreeRemover(place).run(); }

}  // namespace jailrun::sys
