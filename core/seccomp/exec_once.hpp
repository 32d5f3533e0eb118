// SPDX-License-Identifier: Apache-2.0
// A filter that lets one exec through, and no other of the program that this starts.
//
// execve() has three arguments, but a filter sees six registers. The launch puts a key of 128 random bits
// into the last two, which the kernel passes over, and the filter asks for it. No address and no descriptor
// counts, which a program could have too. And it can't learn the key: the exec clears registers and memory,
// and whoever has a filter may not read one (PTRACE_SECCOMP_GET_FILTER). Its halves are compared without a
// branch between them, so that no answer comes sooner for a half that is right.
#pragma once

#include "core/seccomp/policy.hpp"
#include "core/seccomp/program.hpp"

#include <array>
#include <cstdint>

namespace jailrun::seccomp {

// Arguments 4 and 5 of execve(). Not 3, which audit's records of system calls show.
using ExecKey = std::array<uint64_t, 2>;
constexpr unsigned kExecKeyArgument = 4;

// `program`, which is asked only if the call is not an exec, or a native execve() with the key. Any other
// exec, of whichever architecture, gets that verdict.
Program exec_once(ProgramView program, const ExecKey& key, Verdict other_exec);

// `program`, which is not asked about a native call of that name with the key: it is let through. For the
// launch's own calls that the program is not to gain by it.
Program let_keyed_through(ProgramView program, const ExecKey& key, const char* name);

}  // namespace jailrun::seccomp
