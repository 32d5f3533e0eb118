// SPDX-License-Identifier: Apache-2.0
// The system calls that a supervisor was asked about, in memory that it shares with whoever wants to know
// them. Its size is fixed: a program that makes every call there is, or none that is, fills no more.
#pragma once

#include <linux/audit.h>
#include <stddef.h>
#include <stdint.h>

namespace jailrun::seccomp {

struct NotedCall {
  uint64_t count;  // 0: it was never made
  int64_t first;   // seconds since the epoch
  int64_t last;
  uint32_t architecture;  // AUDIT_ARCH_...
  uint32_t number;        // as a filter sees it
  int32_t pid;            // of the thread that made it first, and the name that it had then
  char program[16];
};

// For each architecture that one kernel runs programs of; no kernel has more calls by far.
constexpr uint32_t kNotedNumbers = 1024;
constexpr uint32_t kNotedArchitectures = 3;

struct NotedCalls {
  uint64_t others;  // calls that no kernel has, together
  NotedCall calls[kNotedArchitectures * kNotedNumbers];
};

// Bytes of the kernel's structures by which a supervisor is asked and answers: see SECCOMP_GET_NOTIF_SIZES.
constexpr size_t kLargestNotification = 256;

constexpr uint32_t kNotNoted = UINT32_MAX;

// The index in `calls`.
constexpr uint32_t noted_index(uint32_t architecture, uint32_t number) {
  constexpr uint32_t kBitOfX32 = 0x40000000;
  constexpr uint32_t kFirstOfArm = 0xf0000;  // what arm alone has
  const bool is_native = architecture == AUDIT_ARCH_X86_64 || architecture == AUDIT_ARCH_AARCH64;
  const bool is_arm = architecture == AUDIT_ARCH_ARM;
  if (!is_native && !is_arm && architecture != AUDIT_ARCH_I386) return kNotNoted;
  uint32_t row = is_native ? 0 : 1;
  if (architecture == AUDIT_ARCH_X86_64 && number >= kBitOfX32) {
    row = 2;
    number -= kBitOfX32;
  }
  constexpr uint32_t kOfArm = 16;
  if (is_arm && number >= kFirstOfArm && number - kFirstOfArm < kOfArm)
    number = kNotedNumbers - kOfArm + (number - kFirstOfArm);
  return number < kNotedNumbers ? row * kNotedNumbers + number : kNotNoted;
}

}  // namespace jailrun::seccomp
