// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/compile.hpp"

#include "core/seccomp/assembler.hpp"
#include "core/seccomp/multiplexed.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <linux/seccomp.h>

namespace jailrun::seccomp {
namespace {

using Label = Assembler::Label;
constexpr Label kNoTests = UINT32_MAX;

// What the kernel sees where a tracer has answered a call itself. It makes none, so that nothing needs
// forbidding.
constexpr uint32_t kNoCallAtAll = UINT32_MAX;

constexpr uint32_t offset_of_argument(unsigned index) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args)) + index * 8;
}

// The tree of one architecture.
class Tree {
 public:
  Tree(Assembler& out, const Policy& policy, Architecture architecture)
      : out_(out), policy_(policy), architecture_(architecture) {}

  // With the number in A.
  Label build() {
    collect();
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& one, const Entry& other) { return one.number < other.number; });
    make_ranges();
    return node(0, ranges_.size());
  }

 private:
  struct Entry {
    uint32_t number;
    Rule rule;
  };
  // What a number leads to: a verdict, or the tests of arguments that begin at a label.
  struct Leaf {
    Verdict verdict = 0;
    Label tests = kNoTests;
    bool operator==(const Leaf&) const = default;
  };
  // From this number to the next range's.
  struct Range {
    uint32_t first;
    Leaf leaf;
  };

  void collect() {
    entries_.reserve(policy_.rules.size());
    for (const Rule& rule : policy_.rules)
      if (const uint32_t number = call_number(rule.call, architecture_); number != kNoNumber)
        entries_.push_back({number, rule});
    if (architecture_ == Architecture::kI386) add_multiplexed();
  }

  // On i386 these can be called by socketcall and ipc, too.
  void add_multiplexed() {
    for (const Rule& rule : policy_.rules) {
      const Multiplexed* const other = multiplexed(rule.call);
      // No filter can see the arguments, which are in memory. So a condition can't allow anything there.
      if (other == nullptr || (rule.condition_count != 0 && lets_through(rule.verdict))) continue;
      extra_.push_back(other->condition);
      entries_.push_back({call_number(other->by, architecture_),
                          {other->by, rule.verdict,
                           static_cast<uint32_t>(policy_.conditions.size() + extra_.size() - 1), 1}});
    }
  }

  const Condition& condition(uint32_t index) const {
    return index < policy_.conditions.size() ? policy_.conditions[index]
                                             : extra_[index - policy_.conditions.size()];
  }

  void add_range(uint32_t first, Leaf leaf) {
    if (ranges_.back().first == first) ranges_.pop_back();
    if (ranges_.empty() || ranges_.back().leaf != leaf) ranges_.push_back({first, leaf});
  }

  void make_ranges() {
    const Leaf otherwise = {policy_.otherwise, kNoTests};
    ranges_.reserve(entries_.size() + 4);
    ranges_.push_back({0, otherwise});
    for (size_t begin = 0, end = 0; begin < entries_.size(); begin = end) {
      const uint32_t number = entries_[begin].number;
      while (end < entries_.size() && entries_[end].number == number) ++end;
      add_range(number, leaf_of(begin, end));
      add_range(number + 1, otherwise);
    }
    // x32's own calls, which kernels before 5.4 also make without x32's bit: around a list of forbidden ones.
    if (architecture_ == Architecture::kX86_64 && lets_through(policy_.otherwise)) {
      add_range(512, {policy_.foreign, kNoTests});
      add_range(548, otherwise);
    }
    add_range(kNoCallAtAll, {SECCOMP_RET_ALLOW, kNoTests});
  }

  Leaf leaf_of(size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i)
      if (entries_[i].rule.condition_count == 0) return {entries_[i].rule.verdict, kNoTests};
    Label next = out_.give(policy_.otherwise);
    for (size_t i = end; i > begin; --i) next = chain(entries_[i - 1].rule, next);
    return {0, next};
  }

  Label label_of(const Leaf& leaf) { return leaf.tests == kNoTests ? out_.give(leaf.verdict) : leaf.tests; }

  Label chain(const Rule& rule, Label if_not) {
    Label next = out_.give(rule.verdict);
    for (uint32_t i = rule.condition_count; i > 0; --i)
      next = test(condition(rule.first_condition + i - 1), next, if_not);
    return next;
  }

  // Both halves of an argument, but where there is one only.
  Label test(const Condition& one, Label if_so, Label if_not) {
    const uint32_t at = offset_of_argument(one.argument);
    const auto low = static_cast<uint32_t>(one.value);
    const auto high = static_cast<uint32_t>(one.value >> 32);
    const bool has_high = has_wide_arguments(architecture_) && !one.is_half;
    switch (one.comparing) {
      case Comparing::kNotEqual: std::swap(if_so, if_not); [[fallthrough]];
      case Comparing::kEqual:
        if_so = out_.load(at, out_.jump(BPF_JEQ, low, if_so, if_not));
        return has_high ? out_.load(at + 4, out_.jump(BPF_JEQ, high, if_so, if_not)) : if_so;
      case Comparing::kMaskedEqual:
        if_so = masked(at, static_cast<uint32_t>(one.mask), low, if_so, if_not);
        return has_high ? masked(at + 4, static_cast<uint32_t>(one.mask >> 32), high, if_so, if_not) : if_so;
      case Comparing::kAnyBit:
        if_not = any_bit(at, low, if_so, if_not);
        return has_high ? any_bit(at + 4, high, if_so, if_not) : if_not;
      case Comparing::kLess: std::swap(if_so, if_not); [[fallthrough]];
      case Comparing::kGreaterOrEqual: return ordered(at, BPF_JGE, low, high, has_high, if_so, if_not);
      case Comparing::kLessOrEqual: std::swap(if_so, if_not); [[fallthrough]];
      case Comparing::kGreater: return ordered(at, BPF_JGT, low, high, has_high, if_so, if_not);
    }
    return if_not;
  }

  Label masked(uint32_t at, uint32_t bits, uint32_t value, Label if_so, Label if_not) {
    if (bits == 0) return value == 0 ? if_so : if_not;
    const Label compare = value == 0 ? out_.jump(BPF_JSET, bits, if_not, if_so)
                                     : out_.mask(bits, out_.jump(BPF_JEQ, value, if_so, if_not));
    return out_.load(at, compare);
  }

  Label any_bit(uint32_t at, uint32_t bits, Label if_so, Label if_not) {
    return bits == 0 ? if_not : out_.load(at, out_.jump(BPF_JSET, bits, if_so, if_not));
  }

  Label ordered(uint32_t at, uint16_t operation, uint32_t low, uint32_t high, bool has_high, Label if_so,
                Label if_not) {
    const Label lower = out_.load(at, out_.jump(operation, low, if_so, if_not));
    if (!has_high) return lower;
    const Label equal = out_.jump(BPF_JEQ, high, lower, if_not);
    return out_.load(at + 4, out_.jump(BPF_JGT, high, if_so, equal));
  }

  // A range that one number alone interrupts is told from it by one comparison, not by two.
  bool is_interrupted(size_t at) const {
    return ranges_[at].leaf == ranges_[at + 2].leaf && ranges_[at + 1].first + 1 == ranges_[at + 2].first;
  }

  Label node(size_t begin, size_t end) {
    if (end - begin == 1) return label_of(ranges_[begin].leaf);
    if (end - begin == 3 && is_interrupted(begin)) {
      const Label around = label_of(ranges_[begin].leaf);
      return out_.jump(BPF_JEQ, ranges_[begin + 1].first, label_of(ranges_[begin + 1].leaf), around);
    }
    size_t middle = begin + (end - begin) / 2;
    if (end - begin == 4 && is_interrupted(begin)) middle = begin + 3;
    if (end - begin == 4 && is_interrupted(begin + 1)) middle = begin + 1;
    const Label upper = node(middle, end);
    const Label lower = node(begin, middle);
    return out_.jump(BPF_JGE, ranges_[middle].first, upper, lower);
  }

  Assembler& out_;
  const Policy& policy_;
  Architecture architecture_;
  std::vector<Entry> entries_;
  std::vector<Condition> extra_;  // numbered after the policy's own
  std::vector<Range> ranges_;
};

}  // namespace

bool lets_through(Verdict verdict) {
  const Verdict action = verdict & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

Program compile(const Policy& policy) {
  Assembler out;
  const auto has = [&](Architecture one) {
    return std::find(policy.architectures.begin(), policy.architectures.end(), one) !=
           policy.architectures.end();
  };
  constexpr uint32_t kNumber = offsetof(seccomp_data, nr);
  const Label foreign = out.give(policy.foreign);
  Label next = foreign;
  // The native architecture is asked for first, and so comes last.
  for (const Architecture one : {Architecture::kArm, Architecture::kAarch64, Architecture::kI386}) {
    if (!has(one)) continue;
    const Label tree = out.load(kNumber, Tree(out, policy, one).build());
    next = out.jump(BPF_JEQ, audit_number(one), tree, next);
  }
  if (has(Architecture::kX86_64) || has(Architecture::kX32)) {
    const Label x32 = has(Architecture::kX32)
                          ? Tree(out, policy, Architecture::kX32).build()
                          : out.jump(BPF_JEQ, kNoCallAtAll, out.give(SECCOMP_RET_ALLOW), foreign);
    const Label x86_64 =
        has(Architecture::kX86_64) ? Tree(out, policy, Architecture::kX86_64).build() : foreign;
    const Label tree = out.load(kNumber, out.jump(BPF_JGE, kX32Bit, x32, x86_64));
    next = out.jump(BPF_JEQ, audit_number(Architecture::kX86_64), tree, next);
  }
  return out.finish(out.load(offsetof(seccomp_data, arch), next));
}

}  // namespace jailrun::seccomp
