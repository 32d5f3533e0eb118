// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/terminal.hpp"

#include "core/plan/capabilities.hpp"

namespace jailrun::core {

std::string OpenPtyAction::object() const {
  return "/dev/ptmx  0600 " + std::to_string(terminal_->owner.uid) + ":" +
         std::to_string(terminal_->owner.gid);
}

uint64_t OpenPtyAction::capabilities(bool is_roots) const { return is_roots ? 0 : capability_set(CAP_CHOWN); }

Result<void> OpenPtyAction::perform(Launch&) {
  JR_ASSIGN(terminal_->opened, sys::open_pseudo_terminal(terminal_->owner));
  return {};
}

Result<void> TakePtyAction::perform(Launch&) { return sys::take_terminal(terminal_->opened.own.get()); }

}  // namespace jailrun::core
