// SPDX-License-Identifier: Apache-2.0
// From a policy to the classic BPF that the kernel loads.
#pragma once

#include "core/seccomp/policy.hpp"
#include "core/seccomp/program.hpp"

namespace jailrun::seccomp {

// First the architecture and x32's bit; then, for each architecture, a balanced tree over the ranges of
// numbers that have the same verdict. May be longer than the kernel takes: see fault_of().
Program compile(const Policy& policy);

}  // namespace jailrun::seccomp
