// SPDX-License-Identifier: Apache-2.0
// A pseudo-terminal of the program's own, which the supervisor (core/supervisor/relay.hpp) passes on to its
// caller. So what the program does to its terminal, by bytes, by ioctl or by TIOCSTI, it does to this one.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/terminal.hpp"

#include <memory>
#include <string>

namespace jailrun::core {

struct OwnTerminal {
  jr_owner owner = {0, 0};  // the program's ids, once the credentials are planned
  sys::PseudoTerminal opened;
};

// From the host's /dev: what the jail's root holds there is not asked.
class OpenPtyAction final : public Action {
 public:
  explicit OpenPtyAction(std::shared_ptr<OwnTerminal> terminal)
      : Action(Phase::kPrepare), terminal_(std::move(terminal)) {}

  std::string_view verb() const override { return "open-pty"; }
  std::string object() const override;
  uint64_t capabilities(bool is_roots) const override;
  Result<void> perform(Launch& launch) override;

 private:
  std::shared_ptr<OwnTerminal> terminal_;
};

// In the process that becomes the program, which leads a session from here on.
class TakePtyAction final : public Action {
 public:
  explicit TakePtyAction(std::shared_ptr<OwnTerminal> terminal)
      : Action(Phase::kEnter), terminal_(std::move(terminal)) {}

  std::string_view verb() const override { return "take-pty"; }
  std::string object() const override { return "its controlling terminal, and its streams 0, 1 and 2"; }
  uint32_t traits() const override { return kOnlyRestricts; }
  Result<void> perform(Launch& launch) override;

  const OwnTerminal& terminal() const { return *terminal_; }

 private:
  std::shared_ptr<OwnTerminal> terminal_;
};

}  // namespace jailrun::core
