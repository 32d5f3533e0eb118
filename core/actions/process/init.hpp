// SPDX-License-Identifier: Apache-2.0
// Process 1 of the new pid namespace is jailrun's own, and the program its child: core/init/main.cpp.
//
// The process that was cloned into the namespace becomes init, so that its pid, which is in the ledger and in the
// pid file, stands for the whole jail: what is sent to it reaches the program, its status is the program's, and
// SIGKILL ends all. It forks the program's process once it has the program's credentials, but none of its limits,
// of which one on processes would count init, too.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"

#include <memory>
#include <string>

namespace jailrun::core {

// The file is the host's, which is out of reach by then.
class OpenInitAction final : public Action {
 public:
  OpenInitAction() : Action(Phase::kPrepare), opened_(std::make_shared<UniqueFd>()) {}

  std::string_view verb() const override { return "open-init"; }
  std::string object() const override { return "jailrun-init  read-only"; }
  Result<void> perform(Launch& launch) override;
  const std::shared_ptr<UniqueFd>& opened() const { return opened_; }

 private:
  std::shared_ptr<UniqueFd> opened_;
};

class InitAction final : public Action {
 public:
  explicit InitAction(std::shared_ptr<UniqueFd> file) : Action(Phase::kEnter), file_(std::move(file)) {}

  std::string_view verb() const override { return "init"; }
  std::string object() const override { return "jailrun-init is process 1, and the program its child"; }
  uint32_t traits() const override { return kOnlyRestricts; }
  // Returns in the program's process, once init is there; in the other one only where it could not be started.
  Result<void> perform(Launch& launch) override;

 private:
  Error become_init(const Launch& launch, int pipe, pid_t program) const;
  std::shared_ptr<UniqueFd> file_;
};

}  // namespace jailrun::core
