// SPDX-License-Identifier: Apache-2.0
// What a filter that lets one exec through answers.
#include "core/seccomp/exec_once.hpp"

#include "core/seccomp/compile.hpp"
#include "core/seccomp/evaluate.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>

#include <linux/seccomp.h>

using namespace jailrun::seccomp;

namespace {

constexpr ExecKey kKey = {0x0123456789abcdef, 0xfedcba9876543210};
constexpr Verdict kOther = SECCOMP_RET_ERRNO | EPERM;

// Forbids getpid, and allows all else.
Program others() {
  Policy policy;
  policy.otherwise = policy.foreign = SECCOMP_RET_ALLOW;
  policy.architectures = {kNative};
  policy.rules = {{find_call("getpid"), SECCOMP_RET_ERRNO | EIO, 0, 0}};
  return compile(policy);
}

Verdict verdict(const Program& program, Architecture architecture, uint32_t number,
                const std::array<std::optional<uint64_t>, 6>& arguments) {
  const std::vector<Verdict> all = verdicts(view(program), {audit_number(architecture), number, arguments});
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? 0 : all.front();
}

class ExecOnce : public testing::Test {
 protected:
  Verdict asked(std::string_view name, const ExecKey& key, Architecture architecture = kNative) const {
    return verdict(program_, architecture, call_number(find_call(name), architecture),
                   {std::nullopt, std::nullopt, std::nullopt, std::nullopt, key[0], key[1]});
  }
  const Program program_ = exec_once(view(others()), kKey, kOther);
};

// Whatever the filter says of it; for nobody else.
TEST(LetKeyedThrough, LetsOneCallThroughThatHasTheKey) {
  Policy policy;
  policy.otherwise = policy.foreign = SECCOMP_RET_USER_NOTIF;
  policy.architectures = {kNative};
  const Program program = let_keyed_through(view(compile(policy)), kKey, "sendmsg");
  EXPECT_EQ(fault_of(view(program)), "");
  const auto asked = [&](const char* name, const ExecKey& key, Architecture architecture = kNative) {
    return verdict(program, architecture, call_number(find_call(name), architecture),
                   {std::nullopt, std::nullopt, std::nullopt, std::nullopt, key[0], key[1]});
  };
  EXPECT_EQ(asked("sendmsg", kKey), SECCOMP_RET_ALLOW);
  EXPECT_EQ(asked("sendmsg", {kKey[0], kKey[1] + 1}), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(asked("sendmsg", {0, 0}), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(asked("sendmmsg", kKey), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(
      asked("sendmsg", kKey, kNative == Architecture::kX86_64 ? Architecture::kI386 : Architecture::kArm),
      SECCOMP_RET_USER_NOTIF);
}

TEST_F(ExecOnce, LetsTheExecWithTheKeyThrough) { EXPECT_EQ(asked("execve", kKey), SECCOMP_RET_ALLOW); }

TEST_F(ExecOnce, LetsNoOtherThrough) {
  EXPECT_EQ(fault_of(view(program_)), "");
  for (unsigned bit = 0; bit < 128; ++bit) {
    ExecKey wrong = kKey;
    wrong[bit / 64] ^= uint64_t{1} << bit % 64;
    EXPECT_EQ(asked("execve", wrong), kOther) << bit;
  }
  EXPECT_EQ(asked("execve", {kKey[1], kKey[0]}), kOther);
  EXPECT_EQ(asked("execve", {0, 0}), kOther);
  EXPECT_EQ(asked("execveat", kKey), kOther);
}

TEST_F(ExecOnce, LetsNoneThroughOnAnotherArchitecture) {
  const auto foreign = kNative == Architecture::kX86_64 ? Architecture::kI386 : Architecture::kArm;
  EXPECT_EQ(asked("execve", kKey, foreign), kOther);
  EXPECT_EQ(asked("execveat", kKey, foreign), kOther);
  EXPECT_EQ(asked("getpid", kKey, foreign), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(program_, kNative, 0, {}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdicts(view(program_), {0, 0, {}}), std::vector<Verdict>{SECCOMP_RET_KILL_PROCESS});
  if constexpr (kNative != Architecture::kX86_64) return;
  EXPECT_EQ(asked("execve", kKey, Architecture::kX32), kOther);
  EXPECT_EQ(asked("execveat", kKey, Architecture::kX32), kOther);
  // As kernels before 5.4 take them.
  for (const uint32_t number : {59U | kX32Bit, 322U | kX32Bit, 520U, 545U})
    EXPECT_EQ(verdict(program_, kNative, number, {0, 0, 0, 0, kKey[0], kKey[1]}), kOther) << number;
}

TEST_F(ExecOnce, LeavesAllElseToTheProgram) {
  EXPECT_EQ(asked("getpid", {}), SECCOMP_RET_ERRNO | EIO);
  EXPECT_EQ(asked("read", {}), SECCOMP_RET_ALLOW);
  const Program none = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS}};
  EXPECT_FALSE(always_lets_through(
      view(exec_once(view(none), kKey, kOther)),
      {audit_number(kNative), call_number(find_call("execve"), kNative), {0, 0, 0, 0, kKey[0], kKey[1]}}));
}

// An answer that came sooner for a half that is wrong would tell, by its time, which are right.
TEST_F(ExecOnce, ComparesTheWholeKeyBeforeItBranches) {
  unsigned words = 0;
  unsigned branches = 0;
  for (const sock_filter& one : program_) {
    if (BPF_CLASS(one.code) == BPF_JMP && words != 0 && words != 4) ++branches;
    if (one.code == (BPF_LD | BPF_W | BPF_ABS) && one.k >= offsetof(seccomp_data, args[4])) ++words;
  }
  EXPECT_EQ(words, 4U);
  EXPECT_EQ(branches, 0U);
}

TEST(ExecOnceOfALongFilter, ReachesItsEnd) {
  Policy policy;
  policy.otherwise = policy.foreign = SECCOMP_RET_ALLOW;
  policy.architectures = {kNative};
  for (Call call = 0; call < count_calls(); ++call)
    if (call_name(call) != "execve") policy.rules.push_back({call, SECCOMP_RET_ERRNO | (call % 100U), 0, 0});
  const Program inner = compile(policy);
  ASSERT_GT(inner.size(), 300U);
  const Program program = exec_once(view(inner), kKey, kOther);
  EXPECT_EQ(fault_of(view(program)), "");
  for (Call call = 0; call < count_calls(); ++call) {
    const uint32_t number = call_number(call, kNative);
    if (number == kNoNumber || call_name(call).substr(0, 5) == "execv") continue;
    EXPECT_EQ(verdict(program, kNative, number, {}), SECCOMP_RET_ERRNO | (call % 100U)) << call_name(call);
  }
}

}  // namespace
