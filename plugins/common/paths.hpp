// SPDX-License-Identifier: Apache-2.0
// Paths as stages judge them.
#pragma once

#include <string_view>

namespace jailrun_stages {

// True for an absolute path without empty, "." or ".." components and without a trailing slash; "/" itself is
// false.
inline bool is_clean_absolute(std::string_view path) {
  if (path.size() < 2 || path.front() != '/') return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view component = path.substr(0, path.find('/'));
    if (component.empty() || component == "." || component == "..") return false;
    path.remove_prefix(component.size());
  }
  return true;
}

}  // namespace jailrun_stages
