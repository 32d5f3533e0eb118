// SPDX-License-Identifier: Apache-2.0
// Writes classic BPF from its end to its beginning, so that whatever is jumped to has been written already.
#pragma once

#include "core/seccomp/policy.hpp"
#include "core/seccomp/program.hpp"

namespace jailrun::seccomp {

class Assembler {
 public:
  using Label = uint32_t;  // instructions from the end

  Label give(Verdict verdict);
  Label append(ProgramView program);                      // one that is finished; not empty
  Label step(uint16_t code, uint32_t value, Label then);  // any instruction that does not jump
  Label load(uint32_t offset, Label then);                // A = that word of seccomp_data
  Label mask(uint32_t bits, Label then);                  // A &= bits
  // Compares A by BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET.
  Label jump(uint16_t operation, uint32_t value, Label if_so, Label if_not);

  Program finish(Label begin);

 private:
  Label emit(uint16_t code, uint32_t value, uint8_t if_so = 0, uint8_t if_not = 0);
  Label follow(Label then);             // the last instruction written, which the next one falls through to
  Label bring_near(Label label);        // the same in reach of a conditional jump, which is 255 instructions
  uint8_t distance(Label label) const;  // of a jump that is written next

  struct Given {
    Verdict verdict;
    Label label;
  };
  Program reversed_;
  std::vector<Given> given_;  // the last return of each verdict
};

}  // namespace jailrun::seccomp
