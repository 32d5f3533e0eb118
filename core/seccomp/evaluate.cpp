// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/evaluate.hpp"

#include <algorithm>
#include <cstddef>

#include <linux/seccomp.h>

namespace jailrun::seccomp {
namespace {

using Word = std::optional<uint32_t>;

// One way through the program. Jumps only lead forward, so each way ends.
struct State {
  size_t at = 0;
  Word a = 0;
  Word x = 0;
  std::array<Word, BPF_MEMWORDS> memory = {};
};

// As many instructions as are followed, on all ways together: unknown arguments double the ways at each test.
constexpr size_t kPatience = 200'000;

// A verdict that depends on an argument: any.
constexpr Verdict kAnything = SECCOMP_RET_KILL_PROCESS;

Word half_of(const std::optional<uint64_t>& value, bool is_upper) {
  if (!value) return std::nullopt;
  return static_cast<uint32_t>(is_upper ? *value >> 32 : *value);
}

Word word_at(const Question& question, uint32_t offset) {
  if (offset == offsetof(seccomp_data, nr)) return question.number;
  if (offset == offsetof(seccomp_data, arch)) return question.architecture;
  if (offset < offsetof(seccomp_data, args)) return std::nullopt;  // the instruction pointer
  const uint32_t at = offset - static_cast<uint32_t>(offsetof(seccomp_data, args));
  return half_of(question.arguments[at / 8], at % 8 != 0);
}

Word calculate(uint16_t operation, const Word& a, const Word& b) {
  if (operation == BPF_NEG) return a ? Word(0U - *a) : a;
  if (operation == BPF_AND && ((a && *a == 0) || (b && *b == 0))) return 0;
  if (!a || !b) return std::nullopt;
  switch (operation) {
    case BPF_ADD: return *a + *b;
    case BPF_SUB: return *a - *b;
    case BPF_MUL: return *a * *b;
    case BPF_DIV: return *b == 0 ? Word() : Word(*a / *b);
    case BPF_AND: return *a & *b;
    case BPF_OR: return *a | *b;
    case BPF_XOR: return *a ^ *b;
    case BPF_LSH: return *a << (*b & 31U);
    case BPF_RSH: return *a >> (*b & 31U);
    default: return std::nullopt;
  }
}

bool compare(uint16_t operation, uint32_t a, uint32_t b) {
  switch (operation) {
    case BPF_JEQ: return a == b;
    case BPF_JGT: return a > b;
    case BPF_JGE: return a >= b;
    default: return (a & b) != 0;  // BPF_JSET
  }
}

class Walk {
 public:
  Walk(ProgramView program, const Question& question) : program_(program), question_(question) {
    ways_.push_back({});
  }

  std::vector<Verdict> run() {
    for (size_t steps = 0; !ways_.empty(); ++steps) {
      if (steps == kPatience) return {};
      step();
    }
    return std::move(found_);
  }

 private:
  void end(const Word& verdict) {
    note(verdict.value_or(kAnything));
    ways_.pop_back();
  }

  void note(Verdict one) {
    if (std::find(found_.begin(), found_.end(), one) == found_.end()) found_.push_back(one);
  }

  void step() {
    State& state = ways_.back();
    const sock_filter& one = program_.instructions[state.at++];
    const Word operand = BPF_SRC(one.code) == BPF_X ? state.x : Word(one.k);
    // The kernel ends a filter that divides by zero, with 0.
    if (one.code == (BPF_ALU | BPF_DIV | BPF_X) && operand.value_or(0) == 0) {
      if (operand) return end(SECCOMP_RET_KILL_THREAD);
      note(SECCOMP_RET_KILL_THREAD);
    }
    switch (BPF_CLASS(one.code)) {
      case BPF_LD: state.a = loaded(one, state); break;
      case BPF_LDX: state.x = loaded(one, state); break;
      case BPF_ST: state.memory[one.k] = state.a; break;
      case BPF_STX: state.memory[one.k] = state.x; break;
      case BPF_ALU: state.a = calculate(BPF_OP(one.code), state.a, operand); break;
      case BPF_JMP: jump(one, state, operand); break;
      case BPF_RET: end(BPF_RVAL(one.code) == BPF_A ? state.a : Word(one.k)); break;
      default:
        (BPF_MISCOP(one.code) == BPF_TAX ? state.x : state.a) =
            BPF_MISCOP(one.code) == BPF_TAX ? state.a : state.x;
    }
  }

  Word loaded(const sock_filter& one, const State& state) const {
    switch (BPF_MODE(one.code)) {
      case BPF_ABS: return word_at(question_, one.k);
      case BPF_MEM: return state.memory[one.k];
      case BPF_LEN: return static_cast<uint32_t>(sizeof(seccomp_data));
      default: return one.k;  // BPF_IMM
    }
  }

  void jump(const sock_filter& one, State& state, const Word& operand) {
    if (BPF_OP(one.code) == BPF_JA) {
      state.at += one.k;
      return;
    }
    if (state.a && operand) {
      state.at += compare(BPF_OP(one.code), *state.a, *operand) ? one.jt : one.jf;
      return;
    }
    State other = state;
    state.at += one.jt;
    other.at += one.jf;
    ways_.push_back(other);
  }

  ProgramView program_;
  const Question& question_;
  std::vector<State> ways_;
  std::vector<Verdict> found_;
};

// Those that seccomp takes, of all that classic BPF has: seccomp_check_filter() of kernel/seccomp.c.
bool is_known(const sock_filter& one) {
  switch (one.code) {
    case BPF_LD | BPF_W | BPF_ABS: return one.k < sizeof(seccomp_data) && one.k % 4 == 0;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX: return one.k < BPF_MEMWORDS;
    case BPF_ALU | BPF_DIV | BPF_K: return one.k != 0;
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K: return one.k < 32;
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_ALU | BPF_NEG: return true;
    default: break;
  }
  const uint16_t operation = BPF_OP(one.code);
  if (one.code == (BPF_ALU | operation | BPF_SRC(one.code)))
    return operation <= BPF_RSH || operation == BPF_XOR;
  if (one.code == (BPF_JMP | operation | BPF_SRC(one.code)))
    return operation == BPF_JA ? BPF_SRC(one.code) == BPF_K : operation <= BPF_JSET;
  return false;
}

bool leads_beyond(const sock_filter& one, size_t after) {
  if (BPF_CLASS(one.code) != BPF_JMP) return false;
  if (BPF_OP(one.code) == BPF_JA) return one.k >= after;
  return one.jt >= after || one.jf >= after;
}

}  // namespace

std::string fault_of(ProgramView program) {
  if (program.count == 0) return "it is empty";
  if (program.count > BPF_MAXINSNS)
    return "it has " + std::to_string(program.count) + " instructions, and the kernel takes " +
           std::to_string(BPF_MAXINSNS);
  for (size_t i = 0; i < program.count; ++i) {
    const sock_filter& one = program.instructions[i];
    if (!is_known(one)) return "instruction " + std::to_string(i) + " is not one that a filter may have";
    if (leads_beyond(one, program.count - i - 1))
      return "instruction " + std::to_string(i) + " jumps beyond the end";
  }
  if (BPF_CLASS(program.instructions[program.count - 1].code) != BPF_RET)
    return "it does not end with a verdict";
  return {};
}

std::vector<Verdict> verdicts(ProgramView program, const Question& question) {
  return Walk(program, question).run();
}

bool always_lets_through(ProgramView program, const Question& question) {
  const std::vector<Verdict> all = verdicts(program, question);
  return !all.empty() && std::all_of(all.begin(), all.end(), lets_through);
}

}  // namespace jailrun::seccomp
