// SPDX-License-Identifier: Apache-2.0
// Which files may decide what a privileged process does: plugins and pipelines, and every directory above
// them.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

#include <sys/stat.h>

namespace jailrun::core {

// Opens files that are trusted: owned by root (without privilege: or by the caller) and writable by nobody
// else, as are all directories on the way, symbolic links' included; a sticky directory may be writable. The
// answer is given on the descriptor that is returned: checking a path and opening it again would be a race.
// All descriptors that a Trust opened stay open as long as it lives, so that no descriptor number, by which
// the loader knows a file, is used twice.
class Trust {
 public:
  Trust();
  // A regular file, open for reading. The descriptor is lent.
  Result<int> open_file(const std::string& path);

 private:
  struct Directory {
    std::string path;
    UniqueFd fd;
  };
  struct Ancestor {
    std::string path;
    dev_t device;
    ino_t inode;
  };
  Result<int> open_directory(const std::string& path, int links_left);
  Result<int> walk(const std::string& path, int links_left);
  Result<int> climb(const std::string& path);
  Result<void> judge(const struct stat& now, const std::string& path, bool is_directory) const;

  bool privileged_;
  std::vector<Directory> directories_;  // those judged so far, and held
  std::vector<Ancestor> climbed_;       // those judged from below
  std::vector<UniqueFd> files_;
};

// True where the process has effective uid 0 or any effective capability.
bool is_privileged();

}  // namespace jailrun::core
