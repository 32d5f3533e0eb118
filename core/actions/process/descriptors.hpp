// SPDX-License-Identifier: Apache-2.0
// The descriptors that the runner was started with.
#pragma once

#include "core/plan/plan.hpp"

#include <vector>

namespace jailrun::core {

class CloseInheritedAction final : public Action {
 public:
  explicit CloseInheritedAction(std::vector<uint32_t> keep)
      : Action(Phase::kPrepare), keep_(std::move(keep)) {}

  std::string_view verb() const override { return "close-fds"; }
  std::string object() const override;
  Record record() const override { return Record().add("keep", object()); }
  Result<void> perform(Launch& launch) override;

 private:
  std::vector<uint32_t> keep_;
};

}  // namespace jailrun::core
