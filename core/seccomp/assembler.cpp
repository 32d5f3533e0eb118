// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/assembler.hpp"

#include <algorithm>

namespace jailrun::seccomp {
namespace {

// A jump's reach, less what bring_near() may put between: one instruction for each of two targets.
constexpr uint32_t kReach = 253;

}  // namespace

Assembler::Label Assembler::emit(uint16_t code, uint32_t value, uint8_t if_so, uint8_t if_not) {
  reversed_.push_back({code, if_so, if_not, value});
  return static_cast<Label>(reversed_.size() - 1);
}

Assembler::Label Assembler::give(Verdict verdict) {
  const auto same = [&](const Given& one) { return one.verdict == verdict; };
  auto found = std::find_if(given_.begin(), given_.end(), same);
  if (found == given_.end()) found = given_.insert(found, {verdict, emit(BPF_RET | BPF_K, verdict)});
  return found->label;
}

Assembler::Label Assembler::follow(Label then) {
  if (then + 1 == reversed_.size()) return then;
  if (const sock_filter target = reversed_[then]; target.code == (BPF_RET | BPF_K))
    return emit(target.code, target.k);
  return emit(BPF_JMP | BPF_JA, static_cast<uint32_t>(reversed_.size() - 1 - then));
}

Assembler::Label Assembler::append(ProgramView program) {
  for (size_t i = program.count; i > 0; --i) reversed_.push_back(program.instructions[i - 1]);
  return static_cast<Label>(reversed_.size() - 1);
}

Assembler::Label Assembler::step(uint16_t code, uint32_t value, Label then) {
  follow(then);
  return emit(code, value);
}

Assembler::Label Assembler::load(uint32_t offset, Label then) {
  follow(then);
  return emit(BPF_LD | BPF_W | BPF_ABS, offset);
}

Assembler::Label Assembler::mask(uint32_t bits, Label then) {
  follow(then);
  return emit(BPF_ALU | BPF_AND | BPF_K, bits);
}

Assembler::Label Assembler::bring_near(Label label) {
  if (reversed_.size() - 1 - label < kReach) return label;
  const Label near = follow(label);
  for (Given& one : given_)
    if (one.label == label) one.label = near;  // what is written later is nearer to this one
  return near;
}

uint8_t Assembler::distance(Label label) const { return static_cast<uint8_t>(reversed_.size() - 1 - label); }

Assembler::Label Assembler::jump(uint16_t operation, uint32_t value, Label if_so, Label if_not) {
  if (if_so == if_not) return if_so;
  if_so = bring_near(if_so);
  if_not = bring_near(if_not);
  return emit(static_cast<uint16_t>(BPF_JMP | operation | BPF_K), value, distance(if_so), distance(if_not));
}

Program Assembler::finish(Label begin) {
  follow(begin);
  std::reverse(reversed_.begin(), reversed_.end());
  return std::move(reversed_);
}

}  // namespace jailrun::seccomp
