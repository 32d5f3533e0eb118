// SPDX-License-Identifier: Apache-2.0
// What planning reads of a host's cgroups. It is handed in, so that a test need not depend on
// its host's hierarchies.
#pragma once

#include "core/sys/cgroups.hpp"

#include <cstdint>
#include <string>

namespace jailrun::core {

class CgroupHost {
 public:
  virtual ~CgroupHost() = default;

  // As sys::find_hierarchy, sys::read_value; and whether a group exists.
  virtual sys::Hierarchy find_hierarchy(const std::string& controller, uint32_t version) const = 0;
  virtual Result<std::string> read_value(const std::string& file) const = 0;
  virtual bool has_group(const std::string& path) const = 0;
};

// The host that jailrun runs on.
const CgroupHost& this_host();

}  // namespace jailrun::core
