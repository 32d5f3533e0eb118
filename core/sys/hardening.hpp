// SPDX-License-Identifier: Apache-2.0
// What a process can forbid itself, and its children, for good: memory that is writable and executable,
// speculation, a neighbour on its CPU core, a controlling terminal.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <cstdint>
#include <string>

namespace jailrun::sys {

// Whether this kernel can do something.
struct Support {
  enum class State : uint8_t { kThere, kNeedless, kMissing };
  State state = State::kThere;
  std::string why;  // it is needless or missing
};

// No mapping is made that is writable and executable, and none that is not executable becomes so. Of the
// process's memory and of what it executes.
Support write_execute_support();
Result<void> deny_write_execute();

// `which`: PR_SPEC_STORE_BYPASS or PR_SPEC_INDIRECT_BRANCH of linux/prctl.h. Of the calling thread and what
// it executes.
const char* speculation_name(uint64_t which);
Support speculation_support(uint64_t which);
// `state`: what PR_GET_SPECULATION_CTRL answers, or an errno, negative.
Support speculation_support(uint64_t which, int state);
Result<void> stop_speculation(uint64_t which);

// A cookie of its own: while the calling thread, or a child that it has made since, runs on one thread of a
// CPU core, nobody with another cookie runs on the other.
Support core_scheduling_support();
// `error_number`: what the kernel answers to the question for the cookie.
Support core_scheduling_support(int error_number, bool cores_run_several);
Result<void> take_core_cookie();

// Of the calling thread and what it executes: SIGSEGV for whoever reads the processor's time-stamp counter,
// as the vDSO's clocks do. False, with errno, where that failed.
Support time_stamp_support();
bool deny_time_stamps(bool denied);

// The calling process's controlling terminal; none: it has none.
Result<UniqueFd> open_terminal();
// True: it leads the session of one, and so can't leave it without ending the session's other processes.
bool leads_terminal();
// `terminal`: its controlling terminal. Who has left can't take it again, as it remains that of its session.
Result<void> leave_terminal(int terminal);

}  // namespace jailrun::sys
