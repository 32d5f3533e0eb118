// SPDX-License-Identifier: Apache-2.0
// Which files may decide what a privileged process does: plugins, pipelines, the state of jails, and every
// directory above them.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

namespace jailrun::core {

// Opens files that are trusted: owned by root (or, without privilege, by the caller) and writable by nobody
// else. The same must be true of all directories on the way, also of those that symbolic links lead through;
// a sticky directory may be writable. The returned descriptor is what was checked: to check a path and open
// it again would be a race. All descriptors that a Trust opened stay open as long as it lives: the loader
// knows a file by its descriptor's number, which must not be reused.
class Trust {
 public:
  // What the files hold; it only changes what the errors say.
  enum class Of { kCode, kState, kInput };
  explicit Trust(Of what = Of::kCode);
  // A regular file, open for reading. The descriptor is borrowed.
  Result<int> open_file(const std::string& path, struct stat* found = nullptr);
  // A directory below which state is kept, O_PATH. Unlike those above it, it must not be sticky and writable:
  // whoever can make a name in it can make a jail that looks like jailrun's. The descriptor is borrowed.
  Result<int> open_base(const std::string& path);
  // The same verdict on what the caller has opened below such a directory.
  Result<void> check_open(int fd, const std::string& path, bool is_directory) const;
  Result<void> check_base(const struct stat& now, const std::string& path) const;

 private:
  struct Directory {
    std::string path;
    UniqueFd fd;
    std::optional<struct stat> now{};  // as it was checked; empty: checked without
  };
  struct Ancestor {
    std::string path;
    dev_t device;
    ino_t inode;
  };
  Result<int> open_directory(const std::string& path, int links_left);
  Result<int> walk(const std::string& path, int links_left);
  Result<int> climb(const std::string& path);
  Result<void> check(const struct stat& now, const std::string& path, bool is_directory) const;

  std::string_view danger() const;

  Of what_;
  std::vector<Directory> directories_;  // checked and open
  std::vector<Ancestor> climbed_;       // checked from below, not open
  std::vector<UniqueFd> files_;
};

// True where the process has effective uid 0 or any effective capability.
bool is_privileged();

}  // namespace jailrun::core
