// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/exec_once.hpp"

#include "core/seccomp/assembler.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <linux/seccomp.h>

namespace jailrun::seccomp {
namespace {

using Label = Assembler::Label;

// A = 0 if the key is right. Written from the end, as all of it.
Label compare(Assembler& out, const ExecKey& key, Label if_right, Label if_not) {
  constexpr uint32_t kDifference = 0;  // a word of the filter's memory
  Label next = out.jump(BPF_JEQ, 0, if_right, if_not);
  for (unsigned half = 4; half > 0; --half) {
    const unsigned at = half - 1;
    const auto wanted = static_cast<uint32_t>(key[at / 2] >> (at % 2 * 32));
    if (at != 3) next = out.step(BPF_ST, kDifference, next);
    if (at != 0) {
      next = out.step(BPF_ALU | BPF_OR | BPF_X, 0, next);
      next = out.step(BPF_LDX | BPF_MEM, kDifference, next);
    }
    next = out.step(BPF_ALU | BPF_XOR | BPF_K, wanted, next);
    next =
        out.load(static_cast<uint32_t>(offsetof(seccomp_data, args)) + kExecKeyArgument * 8 + at * 4, next);
  }
  return next;
}

// With the number in A, without x32's bit.
Label refuse(Assembler& out, const std::vector<uint32_t>& numbers, Label refused, Label others) {
  Label next = others;
  for (const uint32_t number : numbers) next = out.jump(BPF_JEQ, number, refused, next);
  return next;
}

// Kernels before 5.4 also make x32's calls without its bit, and x86_64's with it.
std::vector<uint32_t> execs(std::initializer_list<Architecture> architectures) {
  std::vector<uint32_t> numbers;
  for (const Architecture one : architectures)
    for (const char* const name : {"execve", "execveat"}) {
      uint32_t number = call_number(find_call(name), one);
      if (one == Architecture::kX32) number &= ~kX32Bit;
      if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
    }
  return numbers;
}

}  // namespace

Program exec_once(ProgramView program, const ExecKey& key, Verdict other_exec) {
  constexpr bool kIsX86 = kNative == Architecture::kX86_64;
  constexpr Architecture kForeign = kIsX86 ? Architecture::kI386 : Architecture::kArm;
  constexpr uint32_t kNumber = offsetof(seccomp_data, nr);
  Assembler out;
  const Label rest = out.append(program);
  const Label refused = out.give(other_exec);
  const Label keyed = compare(out, key, rest, refused);
  const Label foreign = out.load(kNumber, refuse(out, execs({kForeign}), refused, rest));
  const std::vector<uint32_t> natives =
      kIsX86 ? execs({Architecture::kX86_64, Architecture::kX32}) : execs({kNative});
  Label native = refuse(out, natives, refused, rest);
  if (kIsX86) native = out.mask(~kX32Bit, native);
  native = out.jump(BPF_JEQ, call_number(find_call("execve"), kNative), keyed, native);
  native = out.load(kNumber, native);
  // The kernel has no third one; if it had, nothing would be known of its calls.
  Label next = out.give(SECCOMP_RET_KILL_PROCESS);
  next = out.jump(BPF_JEQ, audit_number(kForeign), foreign, next);
  next = out.jump(BPF_JEQ, audit_number(kNative), native, next);
  return out.finish(out.load(offsetof(seccomp_data, arch), next));
}

Program let_keyed_through(ProgramView program, const ExecKey& key, const char* name) {
  Assembler out;
  const Label rest = out.append(program);
  const Label keyed = compare(out, key, out.give(SECCOMP_RET_ALLOW), rest);
  const uint32_t number = call_number(find_call(name), kNative);
  const Label native = out.load(offsetof(seccomp_data, nr), out.jump(BPF_JEQ, number, keyed, rest));
  return out.finish(
      out.load(offsetof(seccomp_data, arch), out.jump(BPF_JEQ, audit_number(kNative), native, rest)));
}

}  // namespace jailrun::seccomp
