// SPDX-License-Identifier: Apache-2.0
// A small filesystem of a chosen kind, made on a loop device: the machine's own /var/tmp is of one kind only.
#pragma once

#include <cstdint>
#include <string>

namespace jailrun::integration {

// Mounted at a directory that exists, empty, root's 0755, until this goes out of scope: a test that compares
// the host's mounts wants it as a variable of its body. The image has no name any more and the device is
// given back by the kernel at the last unmount, so a test that dies leaves nothing either.
class LoopFilesystem {
 public:
  // The smallest that mkfs.xfs makes; sparse, so that only what is written takes space.
  static constexpr uint64_t kSize = 320ULL << 20;

  // `kind`: "ext4", "xfs" (which can share data between files) or "btrfs" (which can too). Throws where it
  // can't be made.
  LoopFilesystem(const std::string& kind, const std::string& directory, uint64_t size = kSize);
  LoopFilesystem(const LoopFilesystem&) = delete;
  LoopFilesystem& operator=(const LoopFilesystem&) = delete;
  ~LoopFilesystem();

  // What a power cut now would leave: a copy of the image as it is on its disk, mounted in place of this one,
  // which is unmounted. ext4 only: others refuse two filesystems with one UUID.
  LoopFilesystem after_power_cut();

  const std::string& directory() const { return directory_; }
  const std::string& device() const { return device_; }  // "/dev/loop3"

 private:
  LoopFilesystem(const std::string& kind, const std::string& directory, int image);
  std::string kind_;
  std::string directory_;
  std::string device_;
  int image_;
};

}  // namespace jailrun::integration
