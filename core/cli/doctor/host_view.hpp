// SPDX-License-Identifier: Apache-2.0
// All that doctor reads of a host. It never writes. Below a directory that is handed in, so that tests show
// it hosts of every kind.
#pragma once

#include "jailrun/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

namespace jailrun::core::cli {

class HostView {
 public:
  // `landlock_abi` as asked of the kernel; negative: the errno of its refusal.
  HostView(std::string root, long landlock_abi) : root_(std::move(root)), landlock_abi_(landlock_abi) {}
  static HostView of_this_host();

  // A file's content without the white space at its ends.
  Result<std::string> read(std::string_view path) const;
  Result<struct stat> status(std::string_view path) const;
  bool has(std::string_view path) const { return static_cast<bool>(status(path)); }
  // Sorted; none where the directory can't be read.
  std::vector<std::string> list(std::string_view path) const;
  long landlock_abi() const { return landlock_abi_; }

 private:
  std::string root_;
  long landlock_abi_;
};

// True where a file is missing, and not merely unreadable.
bool is_missing(const Error& error);

}  // namespace jailrun::core::cli
