// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/calls.hpp"

#include <array>

#include <linux/audit.h>

namespace jailrun::seccomp {
namespace {

// Without a pointer, which the loader would have to relocate in every launch.
struct Row {
  char name[30];
  uint8_t length;
  int16_t numbers[kArchitectures];
};

constexpr Row row(std::string_view name, int x86_64, int x32, int i386, int aarch64, int arm) {
  Row made = {{},
              static_cast<uint8_t>(name.size()),
              {static_cast<int16_t>(x86_64), static_cast<int16_t>(x32), static_cast<int16_t>(i386),
               static_cast<int16_t>(aarch64), static_cast<int16_t>(arm)}};
  for (size_t i = 0; i < name.size(); ++i) made.name[i] = name[i];
  return made;
}

#define JR_CALL(name, ...) row(#name, __VA_ARGS__),
constexpr Row kRows[] = {
#include "core/seccomp/calls.inc"
};
#undef JR_CALL
constexpr size_t kCount = sizeof kRows / sizeof kRows[0];

constexpr uint32_t hash(std::string_view name) {
  uint32_t value = 2166136261U;
  for (const char byte : name) value = (value ^ static_cast<uint8_t>(byte)) * 16777619U;
  return value ^ value >> 15;
}

constexpr std::string_view name_of(const Row& one) { return {one.name, one.length}; }

// Open addressing: a profile names hundreds of calls.
constexpr size_t kSlots = 1024;
static_assert(kCount < kSlots / 2);
constexpr std::array<Call, kSlots> make_index() {
  std::array<Call, kSlots> index{};
  for (Call& slot : index) slot = kNoCall;
  for (size_t i = 0; i < kCount; ++i) {
    size_t at = hash(name_of(kRows[i])) % kSlots;
    while (index[at] != kNoCall) at = (at + 1) % kSlots;
    index[at] = static_cast<Call>(i);
  }
  return index;
}
constexpr std::array<Call, kSlots> kIndex = make_index();

constexpr uint32_t kArmPrivate = 0xf0000;

}  // namespace

uint32_t audit_number(Architecture architecture) {
  switch (architecture) {
    case Architecture::kX86_64:
    case Architecture::kX32: return AUDIT_ARCH_X86_64;
    case Architecture::kI386: return AUDIT_ARCH_I386;
    case Architecture::kAarch64: return AUDIT_ARCH_AARCH64;
    case Architecture::kArm: return AUDIT_ARCH_ARM;
  }
  return 0;
}

Call find_call(std::string_view name) {
  for (size_t at = hash(name) % kSlots; kIndex[at] != kNoCall; at = (at + 1) % kSlots)
    if (name_of(kRows[kIndex[at]]) == name) return kIndex[at];
  return kNoCall;
}

unsigned count_calls() { return kCount; }

std::string_view call_name(Call call) { return name_of(kRows[call]); }

uint32_t call_number(Call call, Architecture architecture) {
  const int number = kRows[call].numbers[static_cast<size_t>(architecture)];
  if (number == -1) return kNoNumber;
  if (number < 0) return kArmPrivate + static_cast<uint32_t>(-2 - number);
  return static_cast<uint32_t>(number) | (architecture == Architecture::kX32 ? kX32Bit : 0);
}

}  // namespace jailrun::seccomp
