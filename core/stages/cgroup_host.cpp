// SPDX-License-Identifier: Apache-2.0
#include "core/stages/cgroup_host.hpp"

#include <unistd.h>

namespace jailrun::core {
namespace {

class ThisHost final : public CgroupHost {
 public:
  sys::Hierarchy find_hierarchy(const std::string& controller, uint32_t version) const override {
    return sys::find_hierarchy(controller, version);
  }
  Result<std::string> read_value(const std::string& file) const override { return sys::read_value(file); }
  bool has_group(const std::string& path) const override { return access(path.c_str(), F_OK) == 0; }
};

}  // namespace

const CgroupHost& this_host() {
  static const ThisHost kHost;
  return kHost;
}

}  // namespace jailrun::core
