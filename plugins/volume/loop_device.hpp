// SPDX-License-Identifier: Apache-2.0
// A file as a block device.
#pragma once

#include "fd.hpp"
#include "not_here.hpp"

#include <jailrun/result.hpp>

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace volume {

// It is detached by the kernel as soon as nobody has it open: once its device-mapper device is gone, or,
// where the launch is killed before that has it, with the process. So no release need find it.
struct LoopDevice {
  Fd fd;
  dev_t number;
};

// `label` is what `losetup` and a debugger of stale devices can find in the device's own status, beside the
// path.
inline jailrun::Result<LoopDevice> attach(int file, bool read_only, const std::string& label) {
  const Fd control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control) return not_here(errno, "no loop devices: open /dev/loop-control");
  // One launch after the other, where many ask at once: each would be told the same device, and all but one
  // lose.
  while (flock(control.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  for (int tries = 0;; ++tries) {
    const int free = ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (free < 0) return jailrun::system_error(errno, "find a free loop device");
    const std::string path = "/dev/loop" + std::to_string(free);
    Fd device(open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!device) return not_here(errno, "open " + path);
    loop_config config{};
    config.fd = static_cast<uint32_t>(file);
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (read_only) config.info.lo_flags |= LO_FLAGS_READ_ONLY;
    label.copy(reinterpret_cast<char*>(config.info.lo_file_name), LO_NAME_SIZE - 1);
    if (ioctl(device.get(), LOOP_CONFIGURE, &config) != 0) {
      // Somebody else took it meanwhile.
      constexpr int kTries = 1000;
      if (errno == EBUSY && tries < kTries) continue;
      return jailrun::system_error(errno, "attach " + path);
    }
    struct stat now {};
    if (fstat(device.get(), &now) != 0) return jailrun::system_error(errno, "look at " + path);
    return LoopDevice{std::move(device), now.st_rdev};
  }
}

// The device takes its file's size anew.
inline jailrun::Result<void> adapt_size(dev_t number) {
  const std::string path = "/dev/loop" + std::to_string(minor(number));
  const Fd device(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!device || ioctl(device.get(), LOOP_SET_CAPACITY, 0) != 0)
    return jailrun::system_error(errno, "make " + path + " larger");
  return {};
}

}  // namespace volume
