// SPDX-License-Identifier: Apache-2.0
// Cgroup hierarchies as a test wants them, whatever the host has mounted.
#pragma once

#include "core/sys/cgroups.hpp"

#include <map>
#include <string>

namespace jailrun::tests {

// As long as it lives, the core finds these hierarchies and no others. sys::find_hierarchy is replaced by the
// linker.
class Hierarchies {
 public:
  // By controller: {"cpuset", {1, "/sys/fs/cgroup/cpuset"}}. A mount may be any directory.
  explicit Hierarchies(std::map<std::string, sys::Hierarchy> mounted);
  Hierarchies(const Hierarchies&) = delete;
  Hierarchies& operator=(const Hierarchies&) = delete;
  ~Hierarchies();
};

}  // namespace jailrun::tests
