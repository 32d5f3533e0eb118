// SPDX-License-Identifier: Apache-2.0
// A filter of system calls, which the program begins with.
#pragma once

#include "core/plan/plan.hpp"
#include "core/seccomp/exec_once.hpp"
#include "core/seccomp/program.hpp"

#include <optional>
#include <string>

namespace jailrun::core {

class FilterAction final : public Action {
 public:
  struct Filter {
    std::string name;
    std::string line;  // what the plan shows besides
    seccomp::Program program;
    uint32_t flags = 0;                        // SECCOMP_FILTER_FLAG_... of linux/seccomp.h
    std::optional<seccomp::ExecKey> exec_key;  // it lets one exec through, which has this
  };
  explicit FilterAction(Filter filter) : Action(Phase::kEnter), filter_(std::move(filter)) {}

  std::string_view verb() const override { return "filter"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kOnlyRestricts; }
  // Leaves it ready: the exec loads it, when all else is done.
  Result<void> perform(Launch& launch) override;

  const Filter& filter() const { return filter_; }

 private:
  Filter filter_;
};

}  // namespace jailrun::core
