// SPDX-License-Identifier: Apache-2.0
// The directories that files in the jail are in.
#pragma once

#include <jailrun/stage.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace jailrun_stages {

// Plans each directory once; a missing one is made with this mode and owner. One that exists is kept as it is
// where these are root's and 0755, and else is given them.
class Folders {
 public:
  explicit Folders(jailrun::Plan& plan, uint32_t mode = 0755, jr_owner owner = {0, 0})
      : plan_(plan), mode_(mode), owner_(owner) {}

  // Those on the way to `path`: "/dev" and "/dev/net" for "/dev/net/tun".
  void above(const std::string& path) {
    for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
      add(path.substr(0, slash));
  }

  // This one. Those above it must be planned before.
  void add(const std::string& folder) {
    if (std::find(planned_.begin(), planned_.end(), folder) != planned_.end()) return;
    planned_.push_back(folder);
    plan_.directory(folder, mode_, owner_);
  }

 private:
  jailrun::Plan& plan_;
  uint32_t mode_;
  jr_owner owner_;
  std::vector<std::string> planned_;
};

}  // namespace jailrun_stages
