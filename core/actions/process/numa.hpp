// SPDX-License-Identifier: Apache-2.0
// The NUMA node on which the process runs and has its memory.
#pragma once

#include "core/plan/plan.hpp"

namespace jailrun::core {

class NumaAction final : public Action {
 public:
  NumaAction(uint32_t node, std::string cpus) : Action(Phase::kEnter), node_(node), cpus_(std::move(cpus)) {}

  std::string_view verb() const override { return "numa"; }
  std::string object() const override { return "node " + std::to_string(node_) + ", CPUs " + cpus_; }
  Record record() const override { return Record().add("node", node_).add("cpus", cpus_); }
  uint32_t traits() const override { return kCanComeBack; }
  Result<void> perform(Launch& launch) override;

 private:
  uint32_t node_;
  std::string cpus_;
};

}  // namespace jailrun::core
