// SPDX-License-Identifier: Apache-2.0
// A host with the cgroup hierarchies that a test wants, whatever the real one has mounted.
#pragma once

#include "core/stages/cgroup_host.hpp"

#include <map>
#include <string>

namespace jailrun::tests {

// Its mounts may be any directories: groups and values are read from there.
class CgroupHostDouble final : public core::CgroupHost {
 public:
  // By controller: {"cpuset", {1, "/sys/fs/cgroup/cpuset"}}. Without any the host has no cgroups at all.
  explicit CgroupHostDouble(std::map<std::string, sys::Hierarchy> mounted = {})
      : mounted_(std::move(mounted)) {}

  sys::Hierarchy find_hierarchy(const std::string& controller, uint32_t version) const override;
  Result<std::string> read_value(const std::string& file) const override;
  bool has_group(const std::string& path) const override;

 private:
  std::map<std::string, sys::Hierarchy> mounted_;
};

}  // namespace jailrun::tests
