// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/trust.hpp"

#include "core/sys/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {

bool is_privileged() {
  if (geteuid() == 0) return true;
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  return syscall(SYS_capget, &header, data) != 0 || (data[0].effective | data[1].effective) != 0;
}

namespace {

// The target of the symbolic link at `path`, the `leaf` of `parent`; ENOTDIR if it is not a link.
Result<std::string> follow(int parent, const std::string& leaf, const std::string& path) {
  // A link in a sticky directory may be anybody's: only its owner and root follow it, as
  // fs.protected_symlinks does.
  struct stat link {};
  if (fstatat(parent, leaf.c_str(), &link, AT_SYMLINK_NOFOLLOW) != 0)
    return system_error(errno, "stat " + path);
  if (S_ISLNK(link.st_mode) && link.st_uid != 0 && (is_privileged() || link.st_uid != geteuid()))
    return input_error(path + " is a symbolic link owned by uid " + std::to_string(link.st_uid) +
                       ", who could make jailrun run any code: it must be owned by root");
  char target[PATH_MAX] = "";
  const ssize_t length = readlinkat(parent, leaf.c_str(), target, sizeof target - 1);
  if (length <= 0) return system_error(length < 0 && errno == EINVAL ? ENOTDIR : errno, "open " + path);
  return (target[0] == '/' ? "" : path.substr(0, path.rfind('/') + 1)) + target;
}

}  // namespace

Trust::Trust(Of what) : what_(what) {}

std::string_view Trust::danger() const {
  switch (what_) {
    case Of::kCode: return ", who could make jailrun run any code";
    case Of::kState: return ", who could forge jails there";
    case Of::kInput: break;
  }
  return ", who could change what jails get";
}

Result<void> Trust::check(const struct stat& now, const std::string& path, bool is_directory) const {
  if (!is_directory && !S_ISREG(now.st_mode)) return input_error(path + " is not a regular file");
  const bool owned = now.st_uid == 0 || (now.st_uid == geteuid() && !is_privileged());
  if (!owned)
    return input_error(path + " is owned by uid " + std::to_string(now.st_uid) + std::string(danger()) +
                       ": it must be owned by root");
  // In a sticky directory nobody can rename or remove what belongs to another.
  const bool sticky = is_directory && (now.st_mode & S_ISVTX) != 0;
  if ((now.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky)
    return input_error(path + " is writable by others" + std::string(danger()) + ": chmod go-w it");
  return {};
}

Result<void> Trust::check_base(const struct stat& now, const std::string& path) const {
  if ((now.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (now.st_mode & S_ISVTX) != 0)
    return input_error(path + " is writable by others" + std::string(danger()) +
                       (what_ == Of::kInput ? ": only root may write there"
                                            : ": jails need a directory that only root can write to"));
  return check(now, path, true);
}

Result<int> Trust::open_base(const std::string& path) {
  JR_ASSIGN(const int directory, open_directory(path, 40));
  struct stat now {};
  const auto is_looked_at = [&](const Directory& one) { return one.fd.get() == directory && one.now; };
  const auto known = std::find_if(directories_.begin(), directories_.end(), is_looked_at);
  if (known == directories_.end() && fstat(directory, &now) != 0) return system_error(errno, "stat " + path);
  JR_TRY(check_base(known == directories_.end() ? now : *known->now, path));
  return directory;
}

Result<void> Trust::check_open(int fd, const std::string& path, bool is_directory) const {
  struct stat now {};
  if (fstat(fd, &now) != 0) return system_error(errno, "stat " + path);
  // It was removed after it was opened, by another rm or launch: nothing is wrong with it.
  if (now.st_nlink == 0) return system_error(ENOENT, "open " + path);
  // A second name of a file may be in a directory that others can write to: it is not the file that root
  // made.
  if (!is_directory && now.st_nlink != 1)
    return input_error(path + " has " + std::to_string(now.st_nlink) + " hard links: it must have one");
  return check(now, path, is_directory);
}

Result<int> Trust::open_directory(const std::string& path, int links_left) {
  for (const Directory& known : directories_)
    if (known.path == path) return known.fd.get();
  if (path != "/") {
    // ENOTDIR: there is a link on the way; the walk reports anything else that is wrong.
    Result<int> climbed = sys::is_clean_absolute(path) ? climb(path) : system_error(ENOTDIR, path);
    return climbed || climbed.error().error_number == 0 ? climbed : walk(path, links_left);
  }
  UniqueFd root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat now {};
  if (!root || fstat(root.get(), &now) != 0) return system_error(errno, "open /");
  JR_TRY(check(now, "/", true));
  directories_.push_back({"/", std::move(root)});
  return directories_.back().fd.get();
}

// A path without links, in half the system calls: opened at once, then checked from the bottom up. Its
// parents are those that the kernel knows for the open directory; no name is looked up twice.
Result<int> Trust::climb(const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  UniqueFd fd(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (!fd) return system_error(errno, "open " + path);
  std::vector<Ancestor> checked;
  std::optional<struct stat> own;
  std::string upwards;
  for (std::string here = path;; upwards += upwards.empty() ? ".." : "/..") {
    struct stat now {};
    if (fstatat(fd.get(), upwards.c_str(), &now, AT_EMPTY_PATH) != 0)
      return system_error(errno, "stat " + here);
    if (!own) own = now;
    const auto is_this = [&](const Ancestor& one) {
      return one.path == here && one.device == now.st_dev && one.inode == now.st_ino;
    };
    if (std::any_of(climbed_.begin(), climbed_.end(), is_this)) break;
    JR_TRY(check(now, here, true));
    checked.push_back({here, now.st_dev, now.st_ino});
    if (here == "/") break;
    here.resize(std::max<size_t>(here.rfind('/'), 1));
  }
  // Only now: everything above an entry of climbed_ must have been checked too.
  climbed_.insert(climbed_.end(), checked.begin(), checked.end());
  directories_.push_back({path, std::move(fd), own});
  return directories_.back().fd.get();
}

// The last component of `path`; the recursion checks its parent. A link is followed by hand, so that the
// directories it leads through are checked like all others.
Result<int> Trust::walk(const std::string& path, int links_left) {
  const size_t slash = path.rfind('/');
  const std::string leaf = path.substr(slash + 1);
  JR_ASSIGN(const int parent, open_directory(slash == 0 ? "/" : path.substr(0, slash), links_left));
  if (leaf.empty()) return parent;  // "//" or a trailing slash
  UniqueFd fd(openat(parent, leaf.c_str(), O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC));
  if (!fd && errno == ENOTDIR) {
    if (links_left == 0) return system_error(ELOOP, "open " + path);
    JR_ASSIGN(const std::string target, follow(parent, leaf, path));
    return open_directory(target, links_left - 1);
  }
  if (!fd) return system_error(errno, "open " + path);
  // ".." from a trusted directory is the parent that the kernel knows, checked like any other.
  struct stat now {};
  if (fstat(fd.get(), &now) != 0) return system_error(errno, "stat " + path);
  JR_TRY(check(now, path, true));
  directories_.push_back({path, std::move(fd)});
  return directories_.back().fd.get();
}

Result<int> Trust::open_file(const std::string& path, struct stat* found) {
  std::string here = path;
  if (path.empty() || path.front() != '/') {
    char cwd[PATH_MAX];
    if (getcwd(cwd, sizeof cwd) == nullptr) return system_error(errno, "find the working directory");
    here = std::string(cwd) + "/" + path;
  }
  for (int links_left = 40; links_left >= 0; --links_left) {  // as many as the kernel follows
    const size_t slash = here.rfind('/');
    const Result<int> directory = open_directory(slash == 0 ? "/" : here.substr(0, slash), 40);
    // For a file that can't be reached, name the path that was asked for.
    if (!directory && directory.error().error_number != 0)
      return system_error(directory.error().error_number, "open " + path);
    JR_TRY(directory);
    const int parent = directory.value();
    const std::string leaf = here.substr(slash + 1);
    UniqueFd fd(openat(parent, leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && errno == ELOOP) {
      JR_ASSIGN(here, follow(parent, leaf, here));
      continue;
    }
    if (!fd) return system_error(errno, "open " + path);
    struct stat now {};
    if (fstat(fd.get(), &now) != 0) return system_error(errno, "stat " + path);
    JR_TRY(check(now, path, false));
    if (found != nullptr) *found = now;
    files_.push_back(std::move(fd));
    return files_.back().get();
  }
  return system_error(ELOOP, "open " + path);
}

}  // namespace jailrun::core
