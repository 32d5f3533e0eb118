// SPDX-License-Identifier: Apache-2.0
// What the program and its children are forbidden for good, by attributes of the process; and its controlling
// terminal, which it leaves.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/hardening.hpp"

#include <memory>
#include <string>

namespace jailrun::core {

// None of it can be taken back, and none of it hinders a rollback.
class HardeningAction final : public Action {
 public:
  // `kind`: JR_ATTRIBUTE_DENY_WRITE_EXECUTE, _NO_SPECULATION, with its value, _CORE_SCHEDULING or
  // _NO_TIME_STAMPS.
  HardeningAction(uint32_t kind, uint64_t value, sys::Support support)
      : Action(Phase::kEnter), kind_(kind), value_(value), support_(std::move(support)) {}

  std::string_view verb() const override;
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kOnlyRestricts | kCanComeBack; }
  Result<void> perform(Launch& launch) override;

 private:
  uint32_t kind_;
  uint64_t value_;
  sys::Support support_;
};

// Leaving the terminal takes two actions, as /dev/tty is the host's.
class OpenTerminalAction final : public Action {
 public:
  OpenTerminalAction() : Action(Phase::kPrepare), opened_(std::make_shared<UniqueFd>()) {}

  std::string_view verb() const override { return "open-terminal"; }
  std::string object() const override { return "/dev/tty  if jailrun has one"; }
  Result<void> perform(Launch& launch) override;
  const std::shared_ptr<UniqueFd>& opened() const { return opened_; }

 private:
  std::shared_ptr<UniqueFd> opened_;
};

// Not by a session of its own: the program stays in its process group, so the terminal's keys still reach it,
// and whoever waits for the group, a shell's job, waits for it. But what the kernel allows only to processes
// that have the terminal as theirs, it refuses: to put input into it (TIOCSTI), to take it into another job,
// /dev/tty.
class LeaveTerminalAction final : public Action {
 public:
  explicit LeaveTerminalAction(std::shared_ptr<UniqueFd> terminal)
      : Action(Phase::kEnter), terminal_(std::move(terminal)) {}

  std::string_view verb() const override { return "leave-terminal"; }
  std::string object() const override { return "/dev/tty"; }
  uint32_t traits() const override { return kOnlyRestricts | kCanComeBack; }
  Result<void> perform(Launch& launch) override;

 private:
  std::shared_ptr<UniqueFd> terminal_;
};

}  // namespace jailrun::core
