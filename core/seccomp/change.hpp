// SPDX-License-Identifier: Apache-2.0
// What counts more than a policy's own rules.
#pragma once

#include "core/seccomp/policy.hpp"

namespace jailrun::seccomp {

// The call has that verdict, whatever its arguments.
void set_verdict(Policy& policy, Call call, Verdict verdict);

// The call is not made in another way either: on i386, socketcall and ipc make several. After set_verdict() for
// all calls.
void forbid_other_ways(Policy& policy, Call call, Verdict verdict);

}  // namespace jailrun::seccomp
