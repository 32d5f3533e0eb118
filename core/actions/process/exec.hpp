// SPDX-License-Identifier: Apache-2.0
// The program: the last action of every plan.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// What is said about a failure, after the action and the jail.
Error exec_error(const ExecFailure& failure);

// What a login gives; the caller's own must not leak through.
inline constexpr uint32_t kUsualUmask = 022;

class ExecAction final : public Action {
 public:
  struct Program {
    std::string path;  // in the jail
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
    bool new_privileges;    // it may gain some by an exec of its own
    std::string jailer_id;  // not empty: the jailer's own arguments come before the others, with this id
    uint32_t umask = kUsualUmask;
  };
  explicit ExecAction(Program program) : Action(Phase::kEnter), program_(std::move(program)) {}

  std::string_view verb() const override { return "exec"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override {
    return kStartsProgram | kOnlyRestricts | kShowsPath |
           (program_.new_privileges ? kGivesPrivileges : kCanComeBack);
  }
  // Returns only where the exec failed.
  Result<void> perform(Launch& launch) override;

 private:
  std::vector<std::string> jailer_arguments(const Processes& processes) const;
  Program program_;
};

}  // namespace jailrun::core
