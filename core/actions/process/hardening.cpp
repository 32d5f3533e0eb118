// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/hardening.hpp"

#include "core/base/log.hpp"
#include "core/plan/state.hpp"
#include "jailrun/plugin.h"

namespace jailrun::core {

using State = sys::Support::State;

std::string_view HardeningAction::verb() const {
  switch (kind_) {
    case JR_ATTRIBUTE_DENY_WRITE_EXECUTE: return "deny";
    case JR_ATTRIBUTE_NO_SPECULATION: return "no-speculation";
    case JR_ATTRIBUTE_NO_TIME_STAMPS: return "deny";
    default: return "core-scheduling";
  }
}

std::string HardeningAction::object() const {
  std::string text = kind_ == JR_ATTRIBUTE_DENY_WRITE_EXECUTE ? "writable and executable memory"
                     : kind_ == JR_ATTRIBUTE_NO_TIME_STAMPS   ? "the time-stamp counter"
                     : kind_ == JR_ATTRIBUTE_NO_SPECULATION   ? sys::speculation_name(value_)
                                                              : "a cookie of its own";
  if (support_.state == State::kMissing) text += "  (done without: " + support_.why + ")";
  if (support_.state == State::kNeedless) text += "  (nothing to do: " + support_.why + ")";
  return text;
}

Record HardeningAction::record() const {
  Record record;
  if (kind_ == JR_ATTRIBUTE_NO_SPECULATION) record.add("which", sys::speculation_name(value_));
  if (support_.state == State::kMissing) record.add("missing", 1);
  return record;
}

Result<void> HardeningAction::perform(Launch& launch) {
  if (support_.state == State::kMissing) log::warning("the program runs without this: " + support_.why);
  if (support_.state != State::kThere) return {};
  switch (kind_) {
    case JR_ATTRIBUTE_DENY_WRITE_EXECUTE: return sys::deny_write_execute();
    case JR_ATTRIBUTE_NO_SPECULATION: return sys::stop_speculation(value_);
    // By the exec itself: until then the launch reads clocks.
    case JR_ATTRIBUTE_NO_TIME_STAMPS: launch.processes.denies_time_stamps = true; return {};
    default: return sys::take_core_cookie();
  }
}

Result<void> OpenTerminalAction::perform(Launch&) {
  JR_ASSIGN(*opened_, sys::open_terminal());
  return {};
}

Result<void> LeaveTerminalAction::perform(Launch&) {
  return *terminal_ ? sys::leave_terminal(terminal_->get()) : Result<void>();
}

}  // namespace jailrun::core
