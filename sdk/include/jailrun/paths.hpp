// SPDX-License-Identifier: Apache-2.0
//
// Paths as the runner wants them in actions.
#ifndef JAILRUN_PATHS_HPP
#define JAILRUN_PATHS_HPP

#include <string_view>

namespace jailrun {

// True for an absolute path without empty, "." or ".." components and without a slash at its end; "/" itself
// is false. Each action refuses other paths; a stage that checks its options with this refuses them earlier,
// and can name the option.
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

}  // namespace jailrun

#endif
