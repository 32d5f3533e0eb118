// SPDX-License-Identifier: Apache-2.0
// The compiler and the evaluator of filters, without an oracle.
#include "core/seccomp/change.hpp"
#include "core/seccomp/compile.hpp"
#include "core/seccomp/evaluate.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace jailrun::seccomp;

namespace {

Policy policy_of_this_machine(Verdict otherwise) {
  Policy policy;
  policy.otherwise = otherwise;
  policy.foreign = SECCOMP_RET_KILL_PROCESS;
  policy.architectures = {kNative};
  return policy;
}

Question native(std::string_view name, std::optional<uint64_t> first = std::nullopt) {
  return {audit_number(kNative), call_number(find_call(name), kNative), {first}};
}

Verdict verdict(const Program& program, const Question& question) {
  const std::vector<Verdict> all = verdicts(view(program), question);
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? 0 : all.front();
}

TEST(SeccompFilter, ARuleThatIsAlwaysSoWinsOverOthersWhereverItStands) {
  Policy policy = policy_of_this_machine(SECCOMP_RET_ERRNO | EPERM);
  policy.conditions = {{0, Comparing::kEqual, false, 1, 0}};
  policy.rules = {{find_call("read"), SECCOMP_RET_ERRNO | EIO, 0, 1},
                  {find_call("read"), SECCOMP_RET_ALLOW, 0, 0}};
  EXPECT_EQ(verdict(compile(policy), native("read", 1)), SECCOMP_RET_ALLOW);
}

TEST(SeccompFilter, OfRulesWithConditionsTheFirstThatHoldsCounts) {
  Policy policy = policy_of_this_machine(SECCOMP_RET_ERRNO | EPERM);
  policy.conditions = {{0, Comparing::kEqual, false, 1, 0}, {0, Comparing::kLess, false, 5, 0}};
  policy.rules = {{find_call("read"), SECCOMP_RET_ERRNO | EIO, 0, 1},
                  {find_call("read"), SECCOMP_RET_ALLOW, 1, 1}};
  const Program program = compile(policy);
  EXPECT_EQ(verdict(program, native("read", 1)), SECCOMP_RET_ERRNO | EIO);
  EXPECT_EQ(verdict(program, native("read", 4)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(program, native("read", 5)), SECCOMP_RET_ERRNO | EPERM);
}

TEST(SeccompFilter, AnUnknownArgumentMayHaveAnyVerdict) {
  Policy policy = policy_of_this_machine(SECCOMP_RET_ERRNO | EPERM);
  policy.conditions = {{0, Comparing::kEqual, false, 1, 0}};
  policy.rules = {{find_call("read"), SECCOMP_RET_ALLOW, 0, 1}};
  const Program program = compile(policy);
  EXPECT_EQ(verdicts(view(program), native("read")).size(), 2U);
  EXPECT_FALSE(always_lets_through(view(program), native("read")));
  EXPECT_TRUE(always_lets_through(view(program), native("read", 1)));
}

TEST(SeccompFilter, X32AndOtherArchitecturesThatAreNotListedAreForeign) {
  const Program program = compile(policy_of_this_machine(SECCOMP_RET_ALLOW));
  const uint32_t other =
      kNative == Architecture::kX86_64 ? audit_number(Architecture::kI386) : audit_number(Architecture::kArm);
  EXPECT_EQ(verdict(program, {other, 1, {}}), SECCOMP_RET_KILL_PROCESS);
  if (kNative != Architecture::kX86_64) return;
  for (const uint32_t number : {0U, 1U, 520U, 0x3fffffffU})
    EXPECT_EQ(verdict(program, {audit_number(kNative), number | kX32Bit, {}}), SECCOMP_RET_KILL_PROCESS);
}

TEST(SeccompFilter, ACallThatATracerHasAnsweredIsNoViolation) {
  for (const Verdict otherwise : {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW})
    for (const Architecture architecture :
         {Architecture::kX86_64, Architecture::kX32, Architecture::kI386, Architecture::kAarch64}) {
      Policy policy = policy_of_this_machine(otherwise);
      policy.architectures = {architecture};
      if (architecture == Architecture::kX32)
        policy.architectures = {Architecture::kX32, Architecture::kX86_64};
      EXPECT_EQ(verdict(compile(policy), {audit_number(architecture), UINT32_MAX, {}}), SECCOMP_RET_ALLOW);
    }
}

// Kernels before 5.4 take x32's own numbers without its bit, too.
TEST(SeccompFilter, AListOfForbiddenCallsHasNoWayAroundByX32sNumbers) {
  Policy policy = policy_of_this_machine(SECCOMP_RET_ALLOW);
  policy.architectures = {Architecture::kX86_64};
  policy.rules = {{find_call("execve"), SECCOMP_RET_ERRNO | EPERM, 0, 0}};
  const Program program = compile(policy);
  const uint32_t x86_64 = audit_number(Architecture::kX86_64);
  for (uint32_t number = 512; number < 548; ++number)
    EXPECT_EQ(verdict(program, {x86_64, number, {}}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(verdict(program, {x86_64, 511, {}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(program, {x86_64, 548, {}}), SECCOMP_RET_ALLOW);
}

TEST(SeccompFilter, BothHalvesOfX32sArgumentsCount) {
  Policy policy = policy_of_this_machine(SECCOMP_RET_ERRNO | EPERM);
  policy.architectures = {Architecture::kX32};
  policy.conditions = {{0, Comparing::kEqual, false, 1, 0}};
  policy.rules = {{find_call("read"), SECCOMP_RET_ALLOW, 0, 1}};
  const Question question = {audit_number(Architecture::kX32), kX32Bit, {uint64_t{1} << 32 | 1}};
  EXPECT_EQ(verdict(compile(policy), question), SECCOMP_RET_ERRNO | EPERM);
}

TEST(SeccompFilter, WhatIsForbiddenOnI386CantBeDoneBySocketcallOrIpcEither) {
  Policy policy = policy_of_this_machine(SECCOMP_RET_ALLOW);
  policy.architectures = {Architecture::kI386};
  policy.conditions = {{0, Comparing::kEqual, false, 16, 0}};
  policy.rules = {{find_call("socket"), SECCOMP_RET_ERRNO | EPERM, 0, 1},
                  {find_call("shmget"), SECCOMP_RET_ERRNO | EPERM, 0, 0}};
  const Program program = compile(policy);
  const uint32_t i386 = audit_number(Architecture::kI386);
  EXPECT_EQ(verdict(program, {i386, 359, {16}}), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(verdict(program, {i386, 359, {2}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(program, {i386, 102, {1}}), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(verdict(program, {i386, 102, {2}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(program, {i386, 117, {23}}), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(verdict(program, {i386, 117, {0x10017}}), SECCOMP_RET_ERRNO | EPERM);
  EXPECT_EQ(verdict(program, {i386, 117, {24}}), SECCOMP_RET_ALLOW);
}

// As Docker's profile does with both.
TEST(SeccompFilter, NorCanWhatAListForbidsWhereAProfileAllowsSocketcallAndIpcWhole) {
  Policy policy = policy_of_this_machine(SECCOMP_RET_ERRNO | EPERM);
  policy.architectures = {Architecture::kI386};
  for (const char* const name : {"socket", "bind", "shmget", "socketcall", "ipc"})
    policy.rules.push_back({find_call(name), SECCOMP_RET_ALLOW, 0, 0});
  for (const char* const name : {"socket", "shmget"}) set_verdict(policy, find_call(name), SECCOMP_RET_TRAP);
  for (const char* const name : {"socket", "shmget"})
    forbid_other_ways(policy, find_call(name), SECCOMP_RET_TRAP);
  const Program program = compile(policy);
  const uint32_t i386 = audit_number(Architecture::kI386);
  EXPECT_EQ(verdict(program, {i386, 359, {}}), SECCOMP_RET_TRAP);
  EXPECT_EQ(verdict(program, {i386, 102, {1}}), SECCOMP_RET_TRAP);
  EXPECT_EQ(verdict(program, {i386, 102, {2}}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(program, {i386, 117, {23}}), SECCOMP_RET_TRAP);
  EXPECT_EQ(verdict(program, {i386, 117, {24}}), SECCOMP_RET_ALLOW);
}

TEST(SeccompFilter, OneThatMayDivideByZeroMayKill) {
  const auto divide_by_first_argument = [](uint32_t offset) {
    return Program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset), BPF_STMT(BPF_MISC | BPF_TAX, 0),
                   BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  };
  const Program program = divide_by_first_argument(offsetof(seccomp_data, args));
  EXPECT_EQ(verdict(program, native("read", 0)), SECCOMP_RET_KILL_THREAD);
  EXPECT_EQ(verdict(program, native("read", 1)), SECCOMP_RET_ALLOW);
  EXPECT_FALSE(always_lets_through(view(program), native("read")));
}

TEST(SeccompFilter, ALongFilterIsRightBeyondTheReachOfAJump) {
  Policy policy = policy_of_this_machine(SECCOMP_RET_ERRNO | EPERM);
  for (Call call = 0; call < count_calls(); ++call)
    for (uint32_t value = 0; value < 2; ++value) {
      policy.rules.push_back(
          {call, SECCOMP_RET_ERRNO | (call + value), static_cast<uint32_t>(policy.conditions.size()), 1});
      policy.conditions.push_back({0, Comparing::kEqual, true, call + value, 0});
    }
  const Program program = compile(policy);
  EXPECT_GT(program.size(), 1000U);
  EXPECT_EQ(fault_of(view(program)), "");
  for (Call call = 0; call < count_calls(); ++call) {
    const uint32_t number = call_number(call, kNative);
    if (number == kNoNumber) continue;
    for (uint32_t value = 0; value < 2; ++value)
      EXPECT_EQ(verdict(program, {audit_number(kNative), number, {call + value}}),
                SECCOMP_RET_ERRNO | (call + value));
    EXPECT_EQ(verdict(program, {audit_number(kNative), number, {uint64_t{call} + 2}}),
              SECCOMP_RET_ERRNO | EPERM);
  }
}

// What the evaluator takes, the kernel takes, and the other way around.
int load_in_child(const Program& program) {
  const pid_t child = fork();
  if (child == 0) {
    sock_fprog loaded = {static_cast<unsigned short>(program.size()),
                         const_cast<sock_filter*>(program.data())};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    _exit(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded) == 0 ? 0 : errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(SeccompFilter, ItIsRefusedWhereTheKernelRefusesIt) {
  const sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  for (unsigned code = 0; code < 256; ++code)
    for (const uint32_t k : {0U, 2U, 16U, 64U}) {
      // As in the kernel: a program that reads memory which it has not written is refused.
      const Program program = {
          BPF_STMT(BPF_ST, 0), BPF_STMT(BPF_ST, 2), {static_cast<uint16_t>(code), 0, 0, k}, allow, allow};
      EXPECT_EQ(fault_of(view(program)).empty(), load_in_child(program) == 0) << code << " " << k;
    }
}

TEST(SeccompFilter, OneThatIsEmptyTooLongOrWithoutAnEndIsRefused) {
  const sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  EXPECT_NE(fault_of(view({})), "");
  EXPECT_EQ(fault_of(view(Program(4096, allow))), "");
  EXPECT_NE(fault_of(view(Program(4097, allow))), "");
  EXPECT_NE(fault_of(view({BPF_STMT(BPF_LD | BPF_IMM, 0)})), "");
  EXPECT_NE(fault_of(view({BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), allow})), "");
}

// Each test of an unknown argument doubles the ways: the evaluator gives up, and then nothing is certain.
TEST(SeccompFilter, OneThatIsTooLargeToTellLetsNothingThroughForSure) {
  Program program;
  for (int i = 0; i < 30; ++i) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1));
    program.push_back(BPF_STMT(BPF_LD | BPF_IMM, 0));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  EXPECT_TRUE(verdicts(view(program), native("read")).empty());
  EXPECT_FALSE(always_lets_through(view(program), native("read")));
}

}  // namespace
