// SPDX-License-Identifier: Apache-2.0
// The calls that i386 programs can also make by socketcall(2) and ipc(2), which tell what is meant by their
// first argument.
#pragma once

#include "core/seccomp/policy.hpp"

namespace jailrun::seccomp {

struct Multiplexed {
  Call by;              // socketcall or ipc
  Condition condition;  // of its arguments
};

// nullptr: the call is none of them.
const Multiplexed* multiplexed(Call call);

}  // namespace jailrun::seccomp
