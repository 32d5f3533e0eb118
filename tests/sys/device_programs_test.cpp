// SPDX-License-Identifier: Apache-2.0
// The program that the kernel asks about devices, executed here instruction by instruction.
#include "core/sys/device_programs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace jailrun::sys {
namespace {

constexpr uint32_t kRead = BPF_DEVCG_ACC_READ;
constexpr uint32_t kWrite = BPF_DEVCG_ACC_WRITE;
constexpr uint32_t kMknod = BPF_DEVCG_ACC_MKNOD;
constexpr uint32_t kChar = BPF_DEVCG_DEV_CHAR;
constexpr uint32_t kBlock = BPF_DEVCG_DEV_BLOCK;

class Machine {
 public:
  Machine(const std::vector<bpf_insn>& program, const bpf_cgroup_dev_ctx& asked)
      : program_(program), asked_(asked) {}

  // What is in R0 at the exit; -1 for what the kernel's verifier would refuse.
  int64_t run() {
    for (at_ = 0; at_ < program_.size(); ++at_) {
      const bpf_insn& one = program_[at_];
      if (one.code == (BPF_JMP | BPF_EXIT)) return static_cast<int64_t>(registers_[0]);
      if (!step(one)) return -1;
    }
    return -1;
  }

 private:
  bool step(const bpf_insn& one) {
    uint64_t& to = registers_[one.dst_reg];
    const uint64_t from = (one.code & BPF_X) != 0 ? registers_[one.src_reg]
                                                  : static_cast<uint64_t>(static_cast<int64_t>(one.imm));
    switch (one.code & ~BPF_X) {
      case BPF_ALU64 | BPF_MOV: to = from; return true;
      case BPF_ALU64 | BPF_AND: to &= from; return true;
      case BPF_ALU64 | BPF_OR: to |= from; return true;
      case BPF_ALU64 | BPF_RSH: to >>= from; return true;
      case BPF_JMP | BPF_JNE: return jump(to != from, one.off);
      case BPF_JMP | BPF_JEQ: return jump(to == from, one.off);
      case BPF_LDX | BPF_MEM | BPF_W: {
        uint32_t word = 0;
        if (one.src_reg != 1 || one.off < 0 || static_cast<size_t>(one.off) + sizeof word > sizeof asked_)
          return false;
        std::memcpy(&word, reinterpret_cast<const char*>(&asked_) + one.off, sizeof word);
        to = word;
        return true;
      }
      default: return false;
    }
  }
  bool jump(bool is_taken, int16_t offset) {
    if (is_taken) at_ += static_cast<size_t>(offset);
    return offset >= 0;
  }
  const std::vector<bpf_insn>& program_;
  const bpf_cgroup_dev_ctx& asked_;
  size_t at_ = 0;
  std::array<uint64_t, 11> registers_{};
};

int64_t verdict(const std::vector<DeviceRule>& rules, const DeviceRule& asked) {
  const bpf_cgroup_dev_ctx context = {asked.access << 16 | asked.type, asked.major, asked.minor};
  return Machine(device_program(rules), context).run();
}

// What the rules say of themselves, without a program.
bool is_allowed(const std::vector<DeviceRule>& rules, const DeviceRule& asked) {
  uint32_t allowed = 0;
  const auto fits = [](uint32_t rule, uint32_t value) { return rule == kAnyDevice || rule == value; };
  for (const DeviceRule& one : rules)
    if (fits(one.type, asked.type) && fits(one.major, asked.major) && fits(one.minor, asked.minor))
      allowed |= one.access;
  return (asked.access & ~allowed) == 0;
}

TEST(DeviceProgram, WithoutRulesAllowsNothing) {
  for (const uint32_t access : {kRead, kWrite, kMknod, kRead | kWrite})
    EXPECT_EQ(verdict({}, {kChar, 1, 3, access}), 0);
}

TEST(DeviceProgram, AllowsWhatOneRuleSaysAndNoMore) {
  const std::vector<DeviceRule> rules = {{kChar, 10, 232, kRead | kWrite}};
  EXPECT_EQ(verdict(rules, {kChar, 10, 232, kRead | kWrite}), 1);
  EXPECT_EQ(verdict(rules, {kChar, 10, 232, kRead}), 1);
  EXPECT_EQ(verdict(rules, {kChar, 10, 232, kMknod}), 0);
  EXPECT_EQ(verdict(rules, {kBlock, 10, 232, kRead}), 0);
  EXPECT_EQ(verdict(rules, {kChar, 10, 233, kRead}), 0);
  EXPECT_EQ(verdict(rules, {kChar, 11, 232, kRead}), 0);
}

TEST(DeviceProgram, AddsUpWhatSeveralRulesAllow) {
  const std::vector<DeviceRule> rules = {{kChar, 1, kAnyDevice, kRead}, {kAnyDevice, 1, 3, kWrite}};
  EXPECT_EQ(verdict(rules, {kChar, 1, 3, kRead | kWrite}), 1);
  EXPECT_EQ(verdict(rules, {kChar, 1, 5, kRead | kWrite}), 0);
  EXPECT_EQ(verdict(rules, {kBlock, 1, 3, kWrite}), 1);
}

TEST(DeviceProgram, SaysWhatTheRulesSay) {
  constexpr uint32_t kTypes[] = {kChar, kBlock, kAnyDevice};
  constexpr uint32_t kNumbers[] = {0, 7, 4095, 1048575, kAnyDevice};
  std::vector<DeviceRule> all;
  for (const uint32_t type : kTypes)
    for (const uint32_t major : kNumbers)
      for (const uint32_t minor : kNumbers) all.push_back({type, major, minor, 0});
  unsigned differ = 0;
  const auto compare = [&](const std::vector<DeviceRule>& rules) {
    for (const uint32_t type : {kChar, kBlock})
      for (const uint32_t major : {0U, 7U, 8U, 4095U})
        for (const uint32_t minor : {0U, 7U, 1048575U})
          for (uint32_t access = 1; access < 8; ++access) {
            const DeviceRule asked = {type, major, minor, access};
            if (verdict(rules, asked) != (is_allowed(rules, asked) ? 1 : 0)) ++differ;
          }
  };
  for (size_t i = 0; i < all.size(); ++i) {
    DeviceRule first = all[i];
    DeviceRule second = all[(i * 7 + 3) % all.size()];
    DeviceRule third = all[(i * 31 + 11) % all.size()];
    first.access = static_cast<uint32_t>(1 + i % 7);
    second.access = static_cast<uint32_t>(1 + i / 7 % 7);
    third.access = static_cast<uint32_t>(1 + i / 3 % 7);
    compare({first});
    compare({first, second, third});
  }
  EXPECT_EQ(differ, 0U);
}

TEST(DeviceProgram, OfAsManyRulesAsCanBeIsShortEnoughForTheKernel) {
  const std::vector<DeviceRule> rules(500, {kChar, 1, 3, kRead});
  EXPECT_LE(device_program(rules).size(), 4096U);  // BPF_MAXINSNS of linux/bpf_common.h, before Linux 5.2
}

}  // namespace
}  // namespace jailrun::sys
