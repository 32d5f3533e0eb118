// SPDX-License-Identifier: Apache-2.0
// A volume that is a file: its data shared with the base's, or copied.
#pragma once

#include "base_image.hpp"
#include "not_here.hpp"

#include <jailrun/result.hpp>
#include <jailrun/unique_fd.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace volume {

inline jailrun::Result<void> share_data(const BaseImage& base, int to) {
  if (ioctl(to, FICLONE, base.fd()) == 0) return {};
  const int reason = errno;
  if (reason == EXDEV)
    return not_here(0, "the base image " + base.path() + " is not on the filesystem of the jails");
  if (reason == EOPNOTSUPP || reason == ENOTTY || reason == EINVAL || reason == ENOSYS)
    return not_here(0, "the filesystem of the base image " + base.path() +
                           " can't share data between files: btrfs and XFS can");
  return jailrun::system_error(reason, "share the data of " + base.path());
}

class SparseCopy {
 public:
  SparseCopy(const BaseImage& base, int to) : base_(base), to_(to), end_(static_cast<off_t>(base.size())) {}

  jailrun::Result<void> run() {
    for (off_t at = 0; at < end_;) {
      const off_t data = lseek(base_.fd(), at, SEEK_DATA);
      if (data < 0 && errno == ENXIO) break;  // a hole up to the end
      const off_t hole = data < 0 ? data : lseek(base_.fd(), data, SEEK_HOLE);
      if (hole < 0) return jailrun::system_error(errno, "find the data of " + base_.path());
      JR_TRY(copy(data, std::min(hole, end_)));
      at = hole;
    }
    if (ftruncate(to_, end_) != 0) return jailrun::system_error(errno, "set the volume's size");
    return {};
  }

 private:
  static constexpr size_t kChunk = 1U << 20;

  jailrun::Result<void> copy(off_t from, off_t end) {
    while (from < end) {
      JR_TRY(base_.seen_still());
      const size_t wanted = std::min(kChunk, static_cast<size_t>(end - from));
      const ssize_t count = pread(base_.fd(), buffer_.get(), wanted, from);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return jailrun::system_error(errno, "read " + base_.path());
      if (count == 0)
        return jailrun::input_error("the base image " + base_.path() + " became shorter while it was read");
      JR_TRY(write(static_cast<size_t>(count), from));
      from += count;
    }
    return {};
  }

  jailrun::Result<void> write(size_t size, off_t at) const {
    for (size_t done = 0; done < size;) {
      const ssize_t count = pwrite(to_, buffer_.get() + done, size - done, at + static_cast<off_t>(done));
      if (count < 0 && errno != EINTR) return jailrun::system_error(errno, "copy " + base_.path());
      if (count > 0) done += static_cast<size_t>(count);
    }
    return {};
  }

  const BaseImage& base_;
  int to_;
  off_t end_;
  std::unique_ptr<char[]> buffer_{new char[kChunk]};
};

// Larger, never smaller.
inline jailrun::Result<void> grow_file(int fd, uint64_t size, const std::string& path) {
  struct stat now {};
  if (fstat(fd, &now) != 0) return jailrun::system_error(errno, "stat " + path);
  if (static_cast<uint64_t>(now.st_size) >= size) return {};
  if (ftruncate(fd, static_cast<off_t>(size)) != 0)
    return jailrun::system_error(errno, "make " + path + " larger");
  return {};
}

}  // namespace volume
