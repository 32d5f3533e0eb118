// SPDX-License-Identifier: Apache-2.0
// The image that a volume begins with: read, never written.
#pragma once

#include <jailrun/host_paths.hpp>
#include <jailrun/result.hpp>
#include <jailrun/unique_fd.hpp>

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
    // Checked before too, as opening a device has effects.
    if (stat(path.c_str(), &image.now_) == 0 && !S_ISREG(image.now_.st_mode))
      return jailrun::input_error("the base image " + path + " is not a regular file");
    jailrun::Result<jailrun::HostFile> file = jailrun::open_host_source(path, jailrun::HostKind::kRegular);
    if (!file) return of_image(std::move(file).error(), path);
    image.fd_ = std::move(file.value().fd);
    image.now_ = file.value().now;
    if (image.now_.st_size == 0) return jailrun::input_error("the base image " + path + " is empty");
    return image;
  }

  // Refuses an image that is open for writing, be it by a loop device or a jail: a copy would mix states of
  // different moments. A read lease is granted only if there is no writer, and makes a new one wait.
  jailrun::Result<void> hold_still() {
    // A new writer sends the lease's holder a signal, by default one that kills it.
    if (fcntl(fd_.get(), F_SETSIG, SIGURG) != 0)
      return jailrun::system_error(errno, "hold " + path_ + " still");
    if (fcntl(fd_.get(), F_SETLEASE, F_RDLCK) == 0) {
      is_held_ = true;
      return {};
    }
    if (errno == EAGAIN)
      return jailrun::input_error(
          "the base image " + path_ +
          " is open for writing: stop the program that has it open, or copy the image first");
    // The filesystem has no leases, or the file is another user's: then it is not known.
    if (errno == EINVAL || errno == EACCES) return {};
    return jailrun::system_error(errno, "hold " + path_ + " still");
  }

  // Success if nobody has begun to write since.
  jailrun::Result<void> seen_still() const {
    if (!is_held_ || fcntl(fd_.get(), F_GETLEASE) == F_RDLCK) return {};
    return jailrun::input_error("the base image " + path_ + " was opened for writing while it was read");
  }

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  uint64_t size() const { return static_cast<uint64_t>(now_.st_size); }

  // Which image, and in which state: a kept difference is useless with any other.
  std::string identity() const {
    return std::to_string(now_.st_ino) + " " + std::to_string(now_.st_size) + " " +
           std::to_string(now_.st_mtim.tv_sec) + "." + std::to_string(now_.st_mtim.tv_nsec);
  }

 private:
  static jailrun::Error of_image(jailrun::Error error, const std::string& path) {
    error.sentence = "the base image " + (error.error_number == 0 ? error.sentence : path);
    return error;
  }

  std::string path_;
  jailrun::UniqueFd fd_;
  struct stat now_ {};
  bool is_held_ = false;
};

}  // namespace volume
