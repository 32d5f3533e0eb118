// SPDX-License-Identifier: Apache-2.0
// What is mounted in the caller's mount namespace, as /proc/self/mounts lists it. Its cost grows with the host's
// mounts: not for a launch that can do without.
#pragma once

#include "jailrun/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace jailrun::sys {

struct MountEntry {
  std::string directory;
  std::string type;     // "ext4"
  std::string options;  // "rw,relatime"
};
Result<std::vector<MountEntry>> mount_table();

// Where something is mounted below that path, but not at it. As the kernel sees paths: without links.
Result<std::vector<std::string>> mounts_below(const std::string& path);

// A field of /proc/PID/mounts or mountinfo as it was before the kernel wrote blanks, newlines and backslashes
// in it as \040 and the like.
std::string decoded_mount_field(std::string_view field);

}  // namespace jailrun::sys
