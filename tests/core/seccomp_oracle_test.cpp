// SPDX-License-Identifier: Apache-2.0
// Filters say what libseccomp's would say: for each number, on each architecture.
#include "core/seccomp/compile.hpp"
#include "core/seccomp/evaluate.hpp"
#include "core/seccomp/profile.hpp"
#include "tests/support/call_numbers.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace jailrun::seccomp;
using jailrun::tests::call_numbers;

namespace {

constexpr uint32_t kTokens[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_X86, SCMP_ARCH_AARCH64,
                                SCMP_ARCH_ARM};

uint32_t token(Architecture architecture) { return kTokens[static_cast<size_t>(architecture)]; }

scmp_compare comparison(const Condition& condition) {
  switch (condition.comparing) {
    case Comparing::kEqual: return SCMP_CMP_EQ;
    case Comparing::kNotEqual: return SCMP_CMP_NE;
    case Comparing::kLess: return SCMP_CMP_LT;
    case Comparing::kLessOrEqual: return SCMP_CMP_LE;
    case Comparing::kGreater: return SCMP_CMP_GT;
    case Comparing::kGreaterOrEqual: return SCMP_CMP_GE;
    case Comparing::kMaskedEqual: return SCMP_CMP_MASKED_EQ;
    case Comparing::kAnyBit: break;
  }
  ADD_FAILURE() << "libseccomp has no such comparison";
  return SCMP_CMP_EQ;
}

// libseccomp's filter for the same rules, by name.
Program libseccomps(const Policy& policy) {
  const scmp_filter_ctx context = seccomp_init(policy.otherwise);
  EXPECT_EQ(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, policy.foreign), 0);
  seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
  for (const Architecture one : policy.architectures) seccomp_arch_add(context, token(one));
  for (const Rule& rule : policy.rules) {
    if (rule.verdict == policy.otherwise) continue;  // which libseccomp refuses
    std::vector<scmp_arg_cmp> conditions;
    for (uint32_t i = 0; i < rule.condition_count; ++i) {
      const Condition& one = policy.conditions[rule.first_condition + i];
      const bool is_masked = one.comparing == Comparing::kMaskedEqual;
      conditions.push_back({one.argument, comparison(one), is_masked ? one.mask : one.value, one.value});
    }
    const std::string name(call_name(rule.call));
    const int number = seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) continue;
    (void)seccomp_rule_add_array(context, rule.verdict, number, static_cast<unsigned>(conditions.size()),
                                 conditions.data());
  }
  const int file = memfd_create("filter", MFD_CLOEXEC);
  EXPECT_EQ(seccomp_export_bpf(context, file), 0);
  seccomp_release(context);
  Program program(static_cast<size_t>(lseek(file, 0, SEEK_END)) / sizeof(sock_filter));
  EXPECT_EQ(pread(file, program.data(), program.size() * sizeof(sock_filter), 0),
            static_cast<ssize_t>(program.size() * sizeof(sock_filter)));
  close(file);
  return program;
}

// What each rule's conditions distinguish.
std::vector<std::array<std::optional<uint64_t>, 6>> interesting_arguments(const Policy& policy) {
  std::vector<uint64_t> values = {0, 1, 8, 40, UINT32_MAX, UINT64_MAX};
  for (const Condition& one : policy.conditions)
    for (const uint64_t value : {one.value, one.mask})
      for (const uint64_t near : {value - 1, value, value + 1, value | uint64_t{1} << 32})
        values.push_back(near);
  std::vector<std::array<std::optional<uint64_t>, 6>> all;
  for (const uint64_t value : values) all.push_back({value, value, value, value, value, value});
  return all;
}

void expect_same(const Policy& policy) {
  const Program ours = compile(policy);
  const Program theirs = libseccomps(policy);
  ASSERT_EQ(fault_of(view(ours)), "");
  ASSERT_EQ(fault_of(view(theirs)), "");
  const auto all_arguments = interesting_arguments(policy);
  for (const Architecture architecture : {Architecture::kX86_64, Architecture::kX32, Architecture::kI386,
                                          Architecture::kAarch64, Architecture::kArm})
    for (const uint32_t number : call_numbers(architecture)) {
      // Where neither looks at arguments, one question is enough.
      const Question any = {audit_number(architecture), number, {}};
      const std::vector<Verdict> both = verdicts(view(ours), any);
      if (both.size() == 1 && both == verdicts(view(theirs), any)) continue;
      for (const auto& arguments : all_arguments) {
        Question question = {audit_number(architecture), number, arguments};
        // libseccomp looks at the lower halves alone of what x32's programs have as 64 bits; these filters at
        // both.
        if (!has_wide_arguments(architecture) || architecture == Architecture::kX32)
          for (auto& one : question.arguments) one = static_cast<uint32_t>(*one);
        ASSERT_EQ(verdicts(view(ours), question), verdicts(view(theirs), question))
            << "architecture " << static_cast<int>(architecture) << ", number " << number << ", arguments "
            << *question.arguments[0];
      }
    }
}

TEST(SeccompOracle, DockersProfileHasLibseccompsVerdictForEachCallOnEachArchitecture) {
  for (const uint64_t capabilities : {uint64_t{0}, UINT64_MAX}) {
    expect_same(docker_profile({capabilities, 6, 1}).policy);
  }
}

TEST(SeccompOracle, SoHasDockersProfileForAnotherMachine) {
  Profile profile = docker_profile({0, 6, 1});
  profile.policy.architectures =
      kNative == Architecture::kX86_64
          ? std::vector{Architecture::kAarch64, Architecture::kArm}
          : std::vector{Architecture::kX86_64, Architecture::kX32, Architecture::kI386};
  expect_same(profile.policy);
}

TEST(SeccompOracle, EachNameHasLibseccompsNumbers) {
  for (Call call = 0; call < count_calls(); ++call)
    for (unsigned i = 0; i < kArchitectures; ++i) {
      const auto architecture = static_cast<Architecture>(i);
      const uint32_t number = call_number(call, architecture);
      if (number == kNoNumber) continue;
      const std::unique_ptr<char, decltype(&free)> name(
          seccomp_syscall_resolve_num_arch(token(architecture), static_cast<int>(number)), free);
      // Later than libseccomp is.
      if (name == nullptr && (number & ~kX32Bit) >= 335 && (number & ~kX32Bit) < 0xf0000) continue;
      ASSERT_NE(name, nullptr) << call_name(call) << " on " << i;
      EXPECT_EQ(call_name(call), name.get());
    }
}

TEST(SeccompOracle, EachCallThatLibseccompKnowsHasAName) {
  for (unsigned i = 0; i < kArchitectures; ++i)
    for (const uint32_t number : call_numbers(static_cast<Architecture>(i))) {
      const std::unique_ptr<char, decltype(&free)> name(
          seccomp_syscall_resolve_num_arch(kTokens[i], static_cast<int>(number)), free);
      if (name == nullptr) continue;
      const Call call = find_call(name.get());
      ASSERT_NE(call, kNoCall) << name.get();
      EXPECT_EQ(call_number(call, static_cast<Architecture>(i)), number) << name.get();
    }
}

TEST(SeccompOracle, BothHalvesOfArgumentsAreCompared) {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{5}, uint64_t{0x100000005}, UINT64_MAX, uint64_t{0x8000000000000000}})
    for (const Comparing comparing :
         {Comparing::kEqual, Comparing::kNotEqual, Comparing::kLess, Comparing::kLessOrEqual,
          Comparing::kGreater, Comparing::kGreaterOrEqual, Comparing::kMaskedEqual}) {
      Policy policy;
      policy.otherwise = SECCOMP_RET_ERRNO | 1;
      policy.foreign = SECCOMP_RET_KILL_PROCESS;
      policy.architectures = {Architecture::kX86_64};
      policy.conditions = {{2, comparing, false, value & 0xff000000ff, 0xff000000ff}};
      policy.rules = {{find_call("ioctl"), SECCOMP_RET_ALLOW, 0, 1}};
      expect_same(policy);
    }
}

}  // namespace
