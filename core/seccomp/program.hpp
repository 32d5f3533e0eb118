// SPDX-License-Identifier: Apache-2.0
// A filter: classic BPF, as the kernel loads it.
#pragma once

#include <cstddef>
#include <vector>

#include <linux/filter.h>

namespace jailrun::seccomp {

using Program = std::vector<sock_filter>;

// One in memory; borrowed.
struct ProgramView {
  const sock_filter* instructions = nullptr;
  size_t count = 0;
};
inline ProgramView view(const Program& program) { return {program.data(), program.size()}; }

}  // namespace jailrun::seccomp
