// SPDX-License-Identifier: Apache-2.0
// Stages request cgroup values; what is done about the requests is decided here, once for all stages. They
// are merged by hierarchy and file, groups are made top down, cpusets that are still unset inherit, and each
// value is written once.
#pragma once

#include "core/plan/plan.hpp"
#include "core/stages/cgroup_host.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jailrun::core {

struct OpenedGroup;

struct CgroupRequest {
  std::string stage;
  std::string group;  // relative to the hierarchy's mount
  std::string file;
  std::string value;
  uint32_t version = 0;
  bool is_default = false;  // yields to any request for the same file that is not a default
  bool joins_only = false;  // no file, no value: the group is joined as it is, where it exists
};

class CgroupRequests {
 public:
  // The host is borrowed.
  explicit CgroupRequests(const CgroupHost& host) : host_(host) {}

  // Refuses a file that is not a plain name, and a controller that no hierarchy of that version has.
  Result<void> add(CgroupRequest request);

  // A group of version 2 that the jail has for itself, with or without values; it will be open when the jail
  // is entered. A request that only joins the group above it then yields.
  Result<std::shared_ptr<OpenedGroup>> own_group(const std::string& stage, const std::string& group);
  sys::Hierarchy version_2() const { return host_.find_hierarchy("cgroup", 2); }

  bool empty() const { return memberships_.empty(); }

  // Appends the actions that carry out the requests.
  Result<void> append_to(Plan& plan) const;

 private:
  struct Value {
    std::string file;
    std::string value;
    std::string stage;
    bool is_default;
  };
  // One hierarchy in which the jail has a group.
  struct Membership {
    std::string mount;
    uint32_t version;
    std::string group;
    std::string stage;
    bool joins_only;
    std::vector<Value> values;  // in the order in which the files were first named

    std::shared_ptr<OpenedGroup> opened = {};  // once somebody has asked for it
    bool gives(const std::string& file) const;
  };
  class Writer;
  Result<Membership*> find_membership(const CgroupRequest& request, const sys::Hierarchy& hierarchy);

  const CgroupHost& host_;
  std::vector<Membership> memberships_;
};

}  // namespace jailrun::core
