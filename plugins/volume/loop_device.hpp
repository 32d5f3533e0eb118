// SPDX-License-Identifier: Apache-2.0
// A file as a block device.
#pragma once

#include "not_here.hpp"

#include <jailrun/result.hpp>
#include <jailrun/unique_fd.hpp>

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace volume {

// The kernel detaches it as soon as nobody has it open: once its device-mapper device is gone, or with the
// process if the launch is killed before that. So no release need find it.
struct LoopDevice {
  jailrun::UniqueFd fd;
  dev_t number;
};

// `label` is shown by `losetup`, beside the path, to whoever looks for stale devices.
inline jailrun::Result<LoopDevice> attach(int file, bool read_only, const std::string& label) {
  const jailrun::UniqueFd control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return not_here(errno, "no loop devices: open /dev/loop-control");
  // One launch after the other: many at once would get the same device, and all but one would fail.
  while (flock(control.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  for (int tries = 0;; ++tries) {
    const int free = ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (free < 0) return jailrun::system_error(errno, "find a free loop device");
    const std::string path = "/dev/loop" + std::to_string(free);
    jailrun::UniqueFd device(open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!device) return not_here(errno, "open " + path);
    loop_config config{};
    config.fd = static_cast<uint32_t>(file);
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (read_only) config.info.lo_flags |= LO_FLAGS_READ_ONLY;
    label.copy(reinterpret_cast<char*>(config.info.lo_file_name), LO_NAME_SIZE - 1);
    if (ioctl(device.get(), LOOP_CONFIGURE, &config) != 0) {
      // Somebody else has taken it.
      constexpr int kTries = 1000;
      if (errno == EBUSY && tries < kTries) continue;
      return jailrun::system_error(errno, "attach " + path);
    }
    struct stat now {};
    if (fstat(device.get(), &now) != 0) return jailrun::system_error(errno, "stat " + path);
    return LoopDevice{std::move(device), now.st_rdev};
  }
}

// Gives the device its file's current size.
inline jailrun::Result<void> adapt_size(dev_t number) {
  const std::string path = "/dev/loop" + std::to_string(minor(number));
  const jailrun::UniqueFd device(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!device || ioctl(device.get(), LOOP_SET_CAPACITY, 0) != 0)
    return jailrun::system_error(errno, "make " + path + " larger");
  return {};
}

}  // namespace volume
