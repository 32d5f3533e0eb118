// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cgroup_host_double.hpp"

namespace jailrun::tests {

sys::Hierarchy CgroupHostDouble::find_hierarchy(const std::string& controller, uint32_t version) const {
  const auto found = mounted_.find(controller);
  if (found == mounted_.end() || (version != 0 && found->second.version != version)) return {};
  return found->second;
}

Result<std::string> CgroupHostDouble::read_value(const std::string& file) const {
  return core::this_host().read_value(file);
}

bool CgroupHostDouble::has_group(const std::string& path) const { return core::this_host().has_group(path); }

}  // namespace jailrun::tests
