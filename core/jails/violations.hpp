// SPDX-License-Identifier: Apache-2.0
// The calls of a jail that its filter has refused, or let through and logged: what its supervisor was asked
// about, and as far as the kernel's log has them.
#pragma once

#include "core/ledger/read.hpp"
#include "core/seccomp/policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace jailrun::core {

// One line of the log.
struct LoggedCall {
  uint64_t time = 0;  // seconds since the epoch
  uid_t uid = 0;
  pid_t pid = 0;
  std::string program;           // its name, as the kernel has it
  std::string call;              // "mount", "mount (i386)", "9999"
  seccomp::Verdict verdict = 0;  // without its data
};

// Of a record of /dev/kmsg; nothing where it is about something else.
std::optional<LoggedCall> read_logged_call(std::string_view record);

// Alike but for the time.
struct Violation {
  LoggedCall last;
  uint64_t count = 0;
  uint64_t first = 0;  // seconds since the epoch
};

// What the supervisor has noted, which runs as long as there is a jail; nothing where it notes nothing.
Result<std::vector<Violation>> noted_calls_of(const Ledger& ledger);

// From the log, since the launch: of the program, of what runs in the jail now, and of all with the jail's
// uid, unless that is root's.
Result<std::vector<Violation>> logged_calls_of(const Ledger& ledger);

}  // namespace jailrun::core
