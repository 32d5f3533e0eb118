// SPDX-License-Identifier: Apache-2.0
//
// Host paths that may lead through directories which others, tenants perhaps, can write to. Whoever can,
// could lead root to any file of the host: by a symbolic link, which an ordinary open follows, by a hard
// link, or by a FIFO, at which it waits. The runner opens what its actions name in this way, and so do the
// stages that ship.
//
//   JR_ASSIGN(const jailrun::HostFile image, jailrun::open_host_source(path, jailrun::HostKind::kRegular));
#ifndef JAILRUN_HOST_PATHS_HPP
#define JAILRUN_HOST_PATHS_HPP

#include "result.hpp"
#include "unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace jailrun {

// What may be at a path that is read.
enum class HostKind { kRegular, kRegularOrBlock, kAny };

// A file that was opened, and what fstat says of it.
struct HostFile {
  UniqueFd fd;
  struct stat now {};
};

namespace host_paths {

// Root's, or the caller's own where jailrun runs without root, to show a plan.
inline bool is_ours(uid_t owner) { return owner == 0 || owner == geteuid(); }

// The way to a path, one component at a time. Symbolic links are followed if they are root's: nobody else can
// have made them, or led them elsewhere.
class Walk {
 public:
  enum class LastLink { kFollow, kRefuse };

  static Result<Walk> to(const std::string& path, LastLink last_link = LastLink::kFollow) {
    Walk walk(path, last_link);
    JR_TRY(walk.run(path));
    return walk;
  }

  int parent() const { return here_.get(); }         // open, O_PATH
  const std::string& leaf() const { return leaf_; }  // no symbolic link, but for those of /proc
  // The path through no symbolic link.
  std::string real_path() const { return leaf_ == "." && !real_.empty() ? real_ : real_ + "/" + leaf_; }
  bool is_proc_link() const { return is_proc_link_; }

  UniqueFd open(int flags, mode_t mode = 0) const {
    return UniqueFd(
        openat(parent(), leaf_.c_str(), flags | O_CLOEXEC | (is_proc_link_ ? 0 : O_NOFOLLOW), mode));
  }

 private:
  Walk(std::string given, LastLink last_link) : given_(std::move(given)), last_link_(last_link) {}

  Result<void> run(std::string rest) {
    if (rest.empty()) return system_error(ENOENT, "an empty path");
    JR_TRY(start(rest.front() == '/'));
    while (leaf_.empty()) JR_TRY(step(rest));
    return {};
  }

  Result<void> start(bool is_absolute) {
    real_ = is_absolute ? "" : ".";
    return enter(UniqueFd(::open(is_absolute ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC)));
  }

  Result<void> enter(UniqueFd next) {
    if (!next) return system_error(errno, "open " + given_);
    here_ = std::move(next);
    return {};
  }

  Result<void> step(std::string& rest) {
    rest.erase(0, std::min(rest.find_first_not_of('/'), rest.size()));
    const std::string name = rest.substr(0, rest.find('/'));
    rest.erase(0, name.size());
    if (name.empty()) leaf_ = ".";
    if (name.empty() || name == ".") return {};
    struct stat now {};
    if (fstatat(here_.get(), name.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT || !rest.empty()) return system_error(errno, "open " + given_);
      leaf_ = name;  // to be made
      return {};
    }
    if (S_ISLNK(now.st_mode)) return follow(name, now, rest);
    if (rest.empty() && name != "..") {
      leaf_ = name;
      return {};
    }
    real_ = name == ".." ? real_.substr(0, std::min(real_.rfind('/'), real_.size())) : real_ + "/" + name;
    return enter(UniqueFd(openat(here_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)));
  }

  Result<void> follow(const std::string& name, const struct stat& link, std::string& rest) {
    const std::string shown = real_ + "/" + name;
    if (!is_ours(link.st_uid))
      return input_error(given_ + ": " + shown + " is a symbolic link of uid " + std::to_string(link.st_uid) +
                         ", who could lead it to any file: give the path that it stands for");
    struct statfs filesystem {};
    if (fstatfs(here_.get(), &filesystem) != 0) return system_error(errno, "open " + given_);
    if (filesystem.f_type == PROC_SUPER_MAGIC) {
      // /proc/self/fd/2: what it leads to has no name, or one of another mount namespace. The kernel follows
      // it.
      is_proc_link_ = rest.empty();
      if (is_proc_link_) leaf_ = name;
      real_ += rest.empty() ? "" : "/" + name;
      return rest.empty()
                 ? Result<void>()
                 : enter(UniqueFd(openat(here_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)));
    }
    if (rest.empty() && last_link_ == LastLink::kRefuse) return system_error(ELOOP, "open " + given_);
    constexpr int kMostLinks = 40;  // as the kernel's own limit: path_resolution(7)
    char target[PATH_MAX];
    const ssize_t length = readlinkat(here_.get(), name.c_str(), target, sizeof target);
    if (length <= 0 || ++links_ > kMostLinks)
      return system_error(length < 0 ? errno : ELOOP, "open " + given_);
    rest.insert(0, target, static_cast<size_t>(length));
    return rest.front() == '/' ? start(true) : Result<void>();
  }

  std::string given_;
  LastLink last_link_;
  UniqueFd here_;
  std::string real_;
  std::string leaf_;
  bool is_proc_link_ = false;
  int links_ = 0;
};

struct Opened {
  UniqueFd fd;
  bool is_proc_link = false;
};

// Where no link is on the way, which is nearly always, the kernel looks the path up in one call.
inline Result<Opened> open_path(const std::string& path, int flags, mode_t mode, Walk::LastLink last_link) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  UniqueFd fd(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (fd) return Opened{std::move(fd), false};
  // ENOSYS and EPERM: before Linux 5.6, and in containers whose filter does not know the call.
  if (errno != ELOOP && errno != EAGAIN && errno != ENOSYS && errno != EPERM)
    return system_error(errno, "open " + path);
  JR_ASSIGN(const Walk walk, Walk::to(path, last_link));
  fd = walk.open(flags, mode);
  if (!fd) return system_error(errno, "open " + path);
  return Opened{std::move(fd), walk.is_proc_link()};
}

// A file with several names is refused, unless nobody but root and the file's owner can have put it there: it
// may be root's, linked into a directory of a tenant's.
inline Result<void> check_names(const std::string& path, const struct stat& now) {
  if (!S_ISREG(now.st_mode) || now.st_nlink <= 1) return {};
  JR_ASSIGN(const Walk walk, Walk::to(path));
  struct stat directory {};
  struct stat named {};
  if (fstatat(walk.parent(), "", &directory, AT_EMPTY_PATH) != 0 ||
      fstatat(walk.parent(), walk.leaf().c_str(), &named, walk.is_proc_link() ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
    return system_error(errno, "open " + path);
  const bool is_same = named.st_dev == now.st_dev && named.st_ino == now.st_ino;
  const bool is_trusted = is_ours(directory.st_uid) || directory.st_uid == now.st_uid;
  if (is_same && is_trusted && (directory.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return input_error(path + " has " + std::to_string(now.st_nlink) +
                     " hard links, and others could have put it there: copy it, or move it to a directory " +
                     "that only root can write to");
}

}  // namespace host_paths

// Opens a file to read it, or O_PATH. It does not wait for a FIFO's writer.
inline Result<HostFile> open_host_source(const std::string& path, HostKind kind, int flags = O_RDONLY) {
  const int how = (flags & O_PATH) != 0 ? flags : flags | O_NONBLOCK | O_NOCTTY;
  JR_ASSIGN(host_paths::Opened opened,
            host_paths::open_path(path, how, 0, host_paths::Walk::LastLink::kFollow));
  HostFile file{std::move(opened.fd), {}};
  if (fstat(file.fd.get(), &file.now) != 0) return system_error(errno, "stat " + path);
  const bool is_regular = S_ISREG(file.now.st_mode);
  if (kind == HostKind::kRegular && !is_regular) return input_error(path + " is not a regular file");
  if (kind == HostKind::kRegularOrBlock && !is_regular && !S_ISBLK(file.now.st_mode))
    return input_error(path + " is neither a regular file nor a block device");
  if (S_ISLNK(file.now.st_mode)) return system_error(ELOOP, "open " + path);  // exchanged on the way
  JR_TRY(host_paths::check_names(path, file.now));
  return file;
}

// Opens a file to append to; a missing one is made, 0640. FIFOs, terminals and /dev/null are taken too if
// they are root's. It does not wait for a FIFO's reader; writing to the descriptor does not wait either.
inline Result<UniqueFd> open_host_output(
    const std::string& path, host_paths::Walk::LastLink last_link = host_paths::Walk::LastLink::kRefuse) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY;
  Result<host_paths::Opened> opened = host_paths::open_path(path, kFlags, 0640, last_link);
  struct stat now {};
  if (!opened && opened.error().error_number == ENXIO && stat(path.c_str(), &now) == 0 &&
      S_ISFIFO(now.st_mode))
    return input_error(path + " is a FIFO that nobody has open for reading");
  if (!opened) return std::move(opened).error();
  const int fd = opened.value().fd.get();
  if (fstat(fd, &now) != 0) return system_error(errno, "stat " + path);
  if (S_ISREG(now.st_mode)) {
    JR_TRY(host_paths::check_names(path, now));
    return std::move(opened.value().fd);
  }
  const bool is_null = S_ISCHR(now.st_mode) && now.st_rdev == makedev(1, 3);
  const bool is_stream = S_ISFIFO(now.st_mode) || is_null || (S_ISCHR(now.st_mode) && isatty(fd) == 1);
  if (!is_stream) return input_error(path + " is not a regular file");
  // By /dev/stderr the caller names what it has open already.
  if (host_paths::is_ours(now.st_uid) || opened.value().is_proc_link) return std::move(opened.value().fd);
  return input_error(path + " is not a regular file, and is owned by uid " + std::to_string(now.st_uid));
}

}  // namespace jailrun

#endif
