// SPDX-License-Identifier: Apache-2.0
// A stage's own work, which its plugin does.
#pragma once

#include "core/plan/plan.hpp"

#include <string>

namespace jailrun::core {

class CallAction final : public Action {
 public:
  CallAction(Phase phase, std::string name, std::string line, std::string payload, uint32_t payload_version)
      : Action(phase),
        name_(std::move(name)),
        line_(std::move(line)),
        payload_(std::move(payload)),
        payload_version_(payload_version) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "call"; }
  std::string object() const override { return name_ + "  " + line_; }
  Record record() const override;
  uint32_t traits() const override { return kRepeatable | kPerformedByStage; }
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  std::string name_;
  std::string line_;
  std::string payload_;
  uint32_t payload_version_;
};

}  // namespace jailrun::core
