// SPDX-License-Identifier: Apache-2.0
// A filter of system calls, which the program begins with.
#pragma once

#include "core/plan/plan.hpp"
#include "core/seccomp/exec_once.hpp"
#include "core/seccomp/program.hpp"
#include "core/sys/fd.hpp"

#include <memory>
#include <optional>
#include <string>

namespace jailrun::core {

class FilterAction final : public Action {
 public:
  // Calls that the supervisor answers.
  struct Notifications {
    uint32_t error_number = 0;            // they fail with it; 0: they are made
    std::string learned;                  // the profile that is written of those
    std::shared_ptr<UniqueFd> directory;  // in which it is: judged while planning, before anything is entered
  };
  struct Filter {
    std::string name;
    std::string line;  // what the plan shows besides
    seccomp::Program program;
    uint32_t flags = 0;                   // SECCOMP_FILTER_FLAG_... of linux/seccomp.h
    std::optional<seccomp::ExecKey> key;  // the launch's own, for what nothing else may call
    bool is_exec_once = false;            // it lets the exec with the key through, and no other
    std::optional<Notifications> notifications;
  };
  explicit FilterAction(Filter filter) : Action(Phase::kEnter), filter_(std::move(filter)) {}

  std::string_view verb() const override { return "filter"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kOnlyRestricts; }
  // Leaves it ready: the exec loads it, when all else is done.
  Result<void> perform(Launch& launch) override;

  const Filter& filter() const { return filter_; }
  bool learns() const { return filter_.notifications && filter_.notifications->error_number == 0; }

 private:
  Filter filter_;
};

}  // namespace jailrun::core
