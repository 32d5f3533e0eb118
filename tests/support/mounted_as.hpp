// SPDX-License-Identifier: Apache-2.0
// A directory that is mounted noexec or nodev, on whatever the host has.
#pragma once

#include <string>

namespace jailrun::tests {

// As long as it lives, statvfs() reports these flags too, ST_NODEV or ST_NOEXEC, at exactly this path: also
// to stages, which are loaded into this process.
class MountedAs {
 public:
  MountedAs(const std::string& path, unsigned long flags);
  MountedAs(const MountedAs&) = delete;
  MountedAs& operator=(const MountedAs&) = delete;
  ~MountedAs();
};

}  // namespace jailrun::tests
