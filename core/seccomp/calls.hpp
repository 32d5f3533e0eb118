// SPDX-License-Identifier: Apache-2.0
// System calls by name, and what they are numbered on each architecture that one kernel may run programs of.
#pragma once

#include <cstdint>
#include <string_view>

namespace jailrun::seccomp {

enum class Architecture : uint8_t { kX86_64, kX32, kI386, kAarch64, kArm };
constexpr unsigned kArchitectures = 5;

// The one that this program was built for.
#if defined(__x86_64__) && !defined(__ILP32__)
constexpr Architecture kNative = Architecture::kX86_64;
#elif defined(__aarch64__)
constexpr Architecture kNative = Architecture::kAarch64;
#else
#error "filters of system calls know x86_64 and aarch64 only"
#endif

// What a filter sees as the architecture: AUDIT_ARCH_... of linux/audit.h. x32 has that of x86_64, and a bit
// in each number.
uint32_t audit_number(Architecture architecture);
constexpr uint32_t kX32Bit = 0x40000000;

// Arguments are 64 bits wide. Where they are not, the upper halves are zero.
constexpr bool has_wide_arguments(Architecture architecture) {
  return architecture != Architecture::kI386 && architecture != Architecture::kArm;
}

using Call = uint16_t;
constexpr Call kNoCall = UINT16_MAX;
constexpr uint32_t kNoNumber = UINT32_MAX;

Call find_call(std::string_view name);
unsigned count_calls();
std::string_view call_name(Call call);
// As a filter sees it; kNoNumber: the architecture has no such call.
uint32_t call_number(Call call, Architecture architecture);

}  // namespace jailrun::seccomp
