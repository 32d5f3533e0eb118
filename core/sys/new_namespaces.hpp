// SPDX-License-Identifier: Apache-2.0
// Namespaces of a process's own, and what is set up in them.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <cstdint>
#include <string>

namespace jailrun::sys {

// "net" for CLONE_NEWNET: what /proc/PID/ns calls that type; "?" for one that is not known.
const char* namespace_name(uint32_t type);

// Why this kernel can't give a process a namespace of this type of its own; empty: it can, as far as can be
// told. `proc`: where that filesystem is mounted. `release`: as uname(2) gives it.
std::string missing_namespace(uint32_t type, const std::string& proc, const std::string& release);
std::string missing_namespace(uint32_t type);

// Moves the calling thread into a new one, of type CLONE_NEWTIME what it execs.
Result<void> unshare_namespace(uint32_t type);

// In the calling thread's uts namespace.
Result<void> set_host_name(const std::string& name);
Result<void> set_domain_name(const std::string& name);

// In the calling thread's network namespace.
Result<void> bring_up_loopback();

// What the clocks of a time namespace show more than the host's, in nanoseconds.
struct ClockOffsets {
  int64_t monotonic = 0;
  int64_t boottime = 0;
  bool are_none() const { return monotonic == 0 && boottime == 0; }
};

// /proc, for a process that is to leave the root that has it.
// `purpose`: for the error where there is none.
Result<UniqueFd> open_proc(const char* purpose);
// Of the calling process's new time namespace, which no process is in yet.
Result<void> set_clock_offsets(int proc, const ClockOffsets& offsets);

}  // namespace jailrun::sys
