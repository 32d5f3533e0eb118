// SPDX-License-Identifier: Apache-2.0
// How long the program may run. The supervisor heeds it (core/supervisor/time_limit.hpp); the process itself has
// nothing to do for it, but for RLIMIT_CPU, which is an action of its own.
#pragma once

#include "core/plan/plan.hpp"

#include <string>

namespace jailrun::core {

class TimeLimitAction final : public Action {
 public:
  struct Times {
    uint64_t wall_ms = 0;  // 0: unlimited
    uint64_t cpu_s = 0;    // the same
    uint64_t grace_ms = 0;
  };
  explicit TimeLimitAction(const Times& times) : Action(Phase::kEnter), times_(times) {}

  std::string_view verb() const override { return "time-limit"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kOnlyRestricts | kCanComeBack; }
  Result<void> perform(Launch&) override { return {}; }

  const Times& times() const { return times_; }

 private:
  Times times_;
};

}  // namespace jailrun::core
