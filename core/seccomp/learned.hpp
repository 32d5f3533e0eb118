// SPDX-License-Identifier: Apache-2.0
// A profile that was written from what a program has called: in OCI's JSON, names that are allowed, and no
// other.
#pragma once

#include "core/seccomp/calls.hpp"
#include "core/seccomp/noted_calls.hpp"
#include "jailrun/result.hpp"

#include <set>
#include <string>
#include <string_view>

namespace jailrun::seccomp {

// Those that are never learned, as they can't be waited for: jailrun's own under a filter, and the returns
// from signal handlers. Each learned profile allows them.
constexpr std::string_view kAlwaysLearned[] = {"execve",       "exit",      "exit_group", "restart_syscall",
                                               "rt_sigreturn", "sigreturn", "write"};

struct Learned {
  std::set<std::string> names;
  std::set<std::string> architectures;  // "SCMP_ARCH_X86_64"

  // What another run has called as well. Calls that jailrun does not know are left out.
  void add(const NotedCalls& noted);
  std::string text() const;
};

// The text of a profile as text() has it. An error where it says anything that would be lost.
Result<Learned> read_learned(std::string_view text);

// The architecture that this is the number of one of; false: none that is known.
bool find_architecture(uint32_t audit_number, uint32_t number, Architecture& found);
// kNoCall: none has that number.
Call call_with_number(Architecture architecture, uint32_t number);

}  // namespace jailrun::seccomp
