// SPDX-License-Identifier: Apache-2.0
// What a launch could leave behind on the host, as text that can be compared.
#pragma once

#include <string>
#include <vector>

namespace jailrun::integration {

class HostSnapshot {
 public:
  // Mounts, cgroups, processes, network namespaces, and the files below `directory` and /run.
  static HostSnapshot take(const std::string& directory);

  // "+ mount ..." came, "- file ..." went; empty where nothing differs.
  std::string changes_to(const HostSnapshot& later) const;

 private:
  std::vector<std::string> lines_;  // sorted
};

// The difference between `before` and now, once processes that are exiting are gone.
std::string changes_since(const HostSnapshot& before, const std::string& directory);

}  // namespace jailrun::integration
