// SPDX-License-Identifier: Apache-2.0
// A directory of the test's own, removed with all it holds.
#pragma once

#include "core/sys/fd.hpp"

#include <string>
#include <string_view>

namespace jailrun::tests {

class TempDirectory {
 public:
  // Where files may be executed, as plugins are loaded and programs checked there. Only sticky or root's
  // directories are above it, so that it is trusted whoever owns the clone. It is owned by whoever runs the
  // test, mode 0755.
  TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory();

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  // A file or directory below it, with exactly this mode; its path. Directories above it must be there.
  std::string file(std::string_view name, std::string_view content = "", unsigned mode = 0644) const;
  std::string directory(std::string_view name, unsigned mode = 0755) const;
  std::string link(std::string_view name, const std::string& target) const;
  std::string fifo(std::string_view name) const;

  // The directory itself, O_PATH.
  UniqueFd open() const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
bool exists(const std::string& path);  // a link's target does not count
unsigned mode_of(const std::string& path);

}  // namespace jailrun::tests
