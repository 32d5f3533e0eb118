// SPDX-License-Identifier: Apache-2.0 Where a volume is: its own directory in the store, which only root can
// enter, and its name in the jail's root, where the tenant can change everything.
#pragma once

#include "job.hpp"
#include "not_here.hpp"

#include <jailrun/result.hpp>
#include <jailrun/unique_fd.hpp>

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace volume {

// Files in a volume's own directory. A file gets its name when it is complete.
constexpr const char* kUnfinished = "unfinished";
constexpr const char* kImage = "image";            // the volume, if it is a file
constexpr const char* kDifference = "difference";  // the blocks of a snapshot that differ from its base
constexpr const char* kGrowth = "growth";          // what is beyond the base's end, if a snapshot is larger
constexpr const char* kBase = "base";              // which base a difference belongs to
constexpr const char* kFiles[] = {kUnfinished, kImage, kDifference, kGrowth, kBase};

class Store {
 public:
  // The error is ENOENT if there is no store.
  static jailrun::Result<Store> open(const Job& job) {
    Store store;
    store.job_ = &job;
    store.all_ =
        jailrun::UniqueFd(::open(job.store.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!store.all_) return jailrun::system_error(errno, "open " + job.store);
    store.own_ = jailrun::UniqueFd(openat(store.all_.get(), directory_name(job.target).c_str(),
                                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!store.own_) return jailrun::system_error(errno, "open " + store.path());
    return store;
  }

  static jailrun::Result<Store> make(const Job& job) {
    if (mkdir(job.store.c_str(), 0700) != 0 && errno != EEXIST)
      return jailrun::system_error(errno, "mkdir " + job.store);
    const jailrun::UniqueFd all(::open(job.store.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!all) return jailrun::system_error(errno, "open " + job.store);
    if (mkdirat(all.get(), directory_name(job.target).c_str(), 0700) != 0 && errno != EEXIST)
      return jailrun::system_error(errno, "mkdir " + job.store + "/" + directory_name(job.target));
    return open(job);
  }

  std::string path() const { return job_->store + "/" + directory_name(job_->target); }
  int fd() const { return own_.get(); }

  jailrun::Result<bool> has(const char* name) const {
    struct stat there {};
    if (fstatat(own_.get(), name, &there, AT_SYMLINK_NOFOLLOW) == 0) return true;
    if (errno == ENOENT) return false;
    return jailrun::system_error(errno, "stat " + path() + "/" + name);
  }

  jailrun::Result<jailrun::UniqueFd> file(const char* name, int flags) const {
    jailrun::UniqueFd file(openat(own_.get(), name, flags | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return jailrun::system_error(errno, "open " + path() + "/" + name);
    return file;
  }

  // A new file under a temporary name; one that an earlier launch has left over is removed.
  jailrun::Result<jailrun::UniqueFd> begin() const {
    JR_TRY(remove(kUnfinished));
    return file(kUnfinished, O_CREAT | O_EXCL | O_RDWR);
  }
  jailrun::Result<void> finish(const char* name) const {
    // A kept file is never overwritten.
    if (renameat2(own_.get(), kUnfinished, own_.get(), name, RENAME_NOREPLACE) == 0) return {};
    return jailrun::system_error(errno, "rename " + path() + "/" + kUnfinished);
  }

  jailrun::Result<void> remove(const char* name) const {
    if (unlinkat(own_.get(), name, 0) == 0 || errno == ENOENT) return {};
    return jailrun::system_error(errno, "remove " + path() + "/" + name);
  }

 private:
  const Job* job_ = nullptr;
  jailrun::UniqueFd all_;
  jailrun::UniqueFd own_;
};

// Whether that is the volume's file of this name.
inline jailrun::Result<bool> is_same(const Store& store, const char* name, const struct stat& there) {
  struct stat own {};
  if (fstatat(store.fd(), name, &own, AT_SYMLINK_NOFOLLOW) == 0)
    return own.st_dev == there.st_dev && own.st_ino == there.st_ino;
  if (errno == ENOENT) return false;
  return jailrun::system_error(errno, "stat " + store.path() + "/" + name);
}

// The volume's name in the jail. Opened through no symbolic link: the tenant may have planted one
// that leads to a host file.
class Target {
 public:
  static jailrun::Result<Target> open(const Job& job) {
    Target target;
    target.path_ = job.target;
    target.root_ = jailrun::UniqueFd(::open(job.root.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!target.root_) return jailrun::system_error(errno, "open the jail's root " + job.root);
    const size_t slash = job.target.rfind('/');
    target.leaf_ = job.target.substr(slash + 1);
    const std::string parent = slash == 0 ? "." : job.target.substr(1, slash - 1);
    open_how how{};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    target.parent_ = jailrun::UniqueFd(
        static_cast<int>(syscall(SYS_openat2, target.root_.get(), parent.c_str(), &how, sizeof how)));
    if (target.parent_) return target;
    if (errno == ELOOP)
      return jailrun::input_error("in the jail, a symbolic link is on the way to " + job.target);
    return jailrun::system_error(errno, "in the jail, find " + job.target);
  }

  // False if nothing is there.
  bool look(struct stat& there) const {
    return fstatat(parent_.get(), leaf_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
  }

  // Gives that file this name too.
  jailrun::Result<void> link(const Store& store, const char* name) const {
    if (linkat(store.fd(), name, parent_.get(), leaf_.c_str(), 0) == 0) return {};
    return refused("link");
  }

  // A node for this block device. It is root's until it is checked to be the one that was made.
  jailrun::Result<void> make_node(dev_t number, jr_owner owner) const {
    if (mknodat(parent_.get(), leaf_.c_str(), S_IFBLK | 0600, number) != 0) return refused("make node");
    const jailrun::UniqueFd node(openat(parent_.get(), leaf_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat now {};
    if (!node || fstat(node.get(), &now) != 0) return jailrun::system_error(errno, "stat " + path_);
    if (!S_ISBLK(now.st_mode) || now.st_rdev != number || now.st_uid != 0)
      return jailrun::system_error(EEXIST, path_ + " was exchanged while it was made");
    if (fchownat(node.get(), "", owner.uid, owner.gid, AT_EMPTY_PATH) != 0)
      return jailrun::system_error(errno, "chown " + path_);
    return {};
  }

  jailrun::Result<void> remove() const {
    if (unlinkat(parent_.get(), leaf_.c_str(), 0) == 0 || errno == ENOENT) return {};
    return jailrun::system_error(errno, "remove " + path_);
  }

  int parent() const { return parent_.get(); }

 private:
  jailrun::Error refused(const char* what) const {
    if (errno == EEXIST) return jailrun::input_error("in the jail, " + path_ + " exists already");
    if (errno == EXDEV)
      return not_here(
          0, "the jail's root and its directory are on different mounts: a file can't have a name in both");
    return jailrun::system_error(errno, std::string(what) + " " + path_);
  }

  std::string path_;
  jailrun::UniqueFd root_;
  jailrun::UniqueFd parent_;
  std::string leaf_;
};

}  // namespace volume
