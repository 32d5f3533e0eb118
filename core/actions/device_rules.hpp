// SPDX-License-Identifier: Apache-2.0
// The devices that the jail's processes can use, whatever nodes they reach.
#pragma once

#include "core/actions/cgroup.hpp"
#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/device_programs.hpp"

#include <memory>
#include <string>
#include <vector>

namespace jailrun::core {

// Attaches a program to the jail's version 2 group, which goes with the group. Done when the launch itself is
// in the group and has mounted all that it mounts, from devices too, and before anything of the jail's runs.
class DeviceRulesAction final : public Action {
 public:
  // `takes_nodes`: the devices whose nodes the plan makes are allowed, too.
  DeviceRulesAction(std::shared_ptr<OpenedGroup> group, bool takes_nodes)
      : Action(Phase::kEnter), group_(std::move(group)), path_(group_->path), takes_nodes_(takes_nodes) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "device-rules"; }
  std::string object() const override;
  Record record() const override;
  // A launch that comes back leaves the group first.
  uint32_t traits() const override { return kCanComeBack; }
  uint64_t capabilities(bool /*is_roots*/) const override {
    return capability_set(CAP_SYS_ADMIN, CAP_NET_ADMIN);
  }
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  // Where the group was there before the launch, it stays, without the program.
  Result<void> release(Release& release) override;

  void allow(const sys::DeviceRule& rule);
  bool takes_nodes() const { return takes_nodes_; }

 private:
  explicit DeviceRulesAction(std::string path)
      : Action(Phase::kEnter), path_(std::move(path)), takes_nodes_(false) {}
  std::shared_ptr<OpenedGroup> group_;
  std::string path_;
  bool takes_nodes_;
  std::vector<sys::DeviceRule> rules_;
};

}  // namespace jailrun::core
