// SPDX-License-Identifier: Apache-2.0
// The image that a volume begins with: read, never written.
#pragma once

#include "fd.hpp"

#include <jailrun/result.hpp>

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

namespace volume {

class BaseImage {
 public:
  static jailrun::Result<BaseImage> open(const std::string& path) {
    BaseImage image;
    image.path_ = path;
    // Looked at before: to open a device or a FIFO can be felt. And after: it may have been exchanged.
    if (stat(path.c_str(), &image.now_) != 0) return jailrun::system_error(errno, "the base image " + path);
    if (S_ISREG(image.now_.st_mode)) {
      image.fd_ = Fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
      if (!image.fd_) return jailrun::system_error(errno, "the base image " + path);
      if (fstat(image.fd_.get(), &image.now_) != 0) return jailrun::system_error(errno, "look at " + path);
    }
    if (!S_ISREG(image.now_.st_mode))
      return jailrun::input_error("the base image " + path + " is no regular file");
    if (image.now_.st_size == 0) return jailrun::input_error("the base image " + path + " is empty");
    return image;
  }

  // Refuses an image that somebody has open for writing, a loop device and a jail included: what is taken of
  // it would be of no one moment. A read lease is granted only where there is no writer, and keeps one
  // waiting while it is held.
  jailrun::Result<void> hold_still() {
    // Whoever wants to write breaks the lease by a signal to its holder, by default one that ends a process.
    if (fcntl(fd_.get(), F_SETSIG, SIGURG) != 0)
      return jailrun::system_error(errno, "hold " + path_ + " still");
    if (fcntl(fd_.get(), F_SETLEASE, F_RDLCK) == 0) {
      is_held_ = true;
      return {};
    }
    if (errno == EAGAIN)
      return jailrun::input_error("the base image " + path_ +
                                  " is open for writing: end what has it open, or copy it first");
    // The filesystem has no leases, or the file is another user's: then nobody can tell.
    if (errno == EINVAL || errno == EACCES) return {};
    return jailrun::system_error(errno, "hold " + path_ + " still");
  }

  // That nobody has begun to write since.
  jailrun::Result<void> seen_still() const {
    if (!is_held_ || fcntl(fd_.get(), F_GETLEASE) == F_RDLCK) return {};
    return jailrun::input_error("the base image " + path_ + " was opened for writing while it was read");
  }

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  uint64_t size() const { return static_cast<uint64_t>(now_.st_size); }

  // Which image, and in which state: a kept difference to it is worth nothing with any other.
  std::string identity() const {
    return std::to_string(now_.st_ino) + " " + std::to_string(now_.st_size) + " " +
           std::to_string(now_.st_mtim.tv_sec) + "." + std::to_string(now_.st_mtim.tv_nsec);
  }

 private:
  std::string path_;
  Fd fd_;
  struct stat now_ {};
  bool is_held_ = false;
};

}  // namespace volume
