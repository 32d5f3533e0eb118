// SPDX-License-Identifier: Apache-2.0
// The directories that files in the jail stand in.
#pragma once

#include <jailrun/stage.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace jailrun_stages {

// Plans each missing one once: root's, 0755. One that stands already is kept as it is.
class Folders {
 public:
  explicit Folders(jailrun::Plan& plan) : plan_(plan) {}

  // Those on the way to `path`.
  void above(const std::string& path) {
    for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string folder = path.substr(0, slash);
      if (std::find(planned_.begin(), planned_.end(), folder) != planned_.end()) continue;
      planned_.push_back(folder);
      plan_.directory(folder, 0755, {0, 0});
    }
  }

 private:
  jailrun::Plan& plan_;
  std::vector<std::string> planned_;
};

}  // namespace jailrun_stages
