// SPDX-License-Identifier: Apache-2.0
// Profiles in the formats that others have.
#include "core/seccomp/compile.hpp"
#include "core/seccomp/evaluate.hpp"
#include "core/seccomp/profile.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include <linux/capability.h>
#include <linux/seccomp.h>

using namespace jailrun::seccomp;

namespace {

constexpr Verdict kAllow = SECCOMP_RET_ALLOW;
constexpr Verdict kDenied = SECCOMP_RET_ERRNO | EPERM;

std::string text_of(const ProfileFault& fault) { return std::to_string(fault.line) + ": " + fault.text; }

std::string faults(std::string_view text) {
  std::string all;
  for (const ProfileFault& one : read_profile(text, {0, 6, 1}).faults) all += text_of(one) + "\n";
  return all;
}

Verdict verdict(const Profile& profile, std::string_view name, uint64_t first = 0, uint64_t second = 0,
                uint64_t third = 0) {
  for (const ProfileFault& one : profile.faults) ADD_FAILURE() << text_of(one);
  const Program program = profile.program.empty() ? compile(profile.policy) : profile.program;
  const std::vector<Verdict> all = verdicts(
      view(program),
      {audit_number(kNative), call_number(find_call(name), kNative), {first, second, third, 0, 0, 0}});
  return all.size() == 1 ? all.front() : 0;
}

Profile oci(const std::string& rules, uint64_t capabilities = 0, unsigned kernel_minor = 1) {
  return read_profile(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + rules + "]}",
                      {capabilities, 6, kernel_minor});
}

TEST(SeccompProfile, AnOciRuleHoldsForItsNames) {
  const Profile profile = oci(R"({"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
                                 {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38})");
  EXPECT_EQ(verdict(profile, "read"), kAllow);
  EXPECT_EQ(verdict(profile, "write"), kAllow);
  EXPECT_EQ(verdict(profile, "clone3"), SECCOMP_RET_ERRNO | 38);
  EXPECT_EQ(verdict(profile, "bpf"), kDenied);
}

TEST(SeccompProfile, AnOciRulesArgumentsAreAllCompared) {
  const Profile profile = oci(R"({"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 1, "op": "SCMP_CMP_LE"},
      {"index": 1, "value": 255, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}]})");
  EXPECT_EQ(verdict(profile, "ioctl", 1, 0x103), kAllow);
  EXPECT_EQ(verdict(profile, "ioctl", 2, 0x103), kDenied);
  EXPECT_EQ(verdict(profile, "ioctl", 1, 0x104), kDenied);
}

TEST(SeccompProfile, AnOciRulesConditionsOnOneArgumentAreAlternatives) {
  const Profile profile = oci(R"({"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 3, "op": "SCMP_CMP_EQ"}]})");
  EXPECT_EQ(verdict(profile, "ioctl", 0, 1), kAllow);
  EXPECT_EQ(verdict(profile, "ioctl", 0, 3), kAllow);
  EXPECT_EQ(verdict(profile, "ioctl", 0, 2), kDenied);
}

TEST(SeccompProfile, AnOciRuleMayDependOnCapabilities) {
  const std::string rules = R"(
      {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
      {"names": ["sync"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_CHOWN"]}})";
  EXPECT_EQ(verdict(oci(rules), "mount"), kDenied);
  EXPECT_EQ(verdict(oci(rules), "sync"), kAllow);
  const uint64_t admin = uint64_t{1} << CAP_SYS_ADMIN;
  EXPECT_EQ(verdict(oci(rules, admin), "mount"), kAllow);
  EXPECT_EQ(verdict(oci(rules, admin), "sync"), kDenied);
}

TEST(SeccompProfile, AnOciRuleMayDependOnArchitectureAndKernel) {
  const std::string rules = R"(
      {"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "arm64"]}},
      {"names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
      {"names": ["sync"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["amd64", "arm64"]}},
      {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.2"}})";
  EXPECT_EQ(verdict(oci(rules), "read"), kAllow);
  EXPECT_EQ(verdict(oci(rules), "write"), kDenied);
  EXPECT_EQ(verdict(oci(rules), "sync"), kDenied);
  EXPECT_EQ(verdict(oci(rules, 0, 1), "ptrace"), kDenied);
  EXPECT_EQ(verdict(oci(rules, 0, 10), "ptrace"), kAllow);
}

TEST(SeccompProfile, AnOciProfileNamesItsArchitectures) {
  const std::string rules = R"("syscalls": [], "defaultAction": "SCMP_ACT_ALLOW")";
  const auto count = [&](const std::string& more) {
    return read_profile("{" + more + rules + "}", {}).policy.architectures.size();
  };
  EXPECT_EQ(count(""), 1U);
  EXPECT_EQ(count(R"("architectures": ["SCMP_ARCH_S390"], )"), 1U);
  EXPECT_EQ(count(R"("archMap": [
      {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
      {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}], )"),
            2U);
}

TEST(SeccompProfile, AnUnknownNameThatAnOciProfileAllowsStaysForbidden) {
  const Profile profile = oci(R"({"names": ["read", "call_of_2040"], "action": "SCMP_ACT_ALLOW"})");
  EXPECT_EQ(verdict(profile, "read"), kAllow);
  EXPECT_EQ(profile.unknown, std::vector<std::string>{"call_of_2040"});
}

TEST(SeccompProfile, AnUnknownNameThatAnOciProfileForbidsIsRefused) {
  EXPECT_EQ(faults("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [\n"
                   "{\"names\": [\"call_of_2040\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"),
            "2: 'call_of_2040' is not a system call that jailrun knows, so it could not be forbidden\n");
}

TEST(SeccompProfile, AllFaultsOfAnOciProfileAreToldAtOnce) {
  EXPECT_EQ(
      faults(
          "{\"defaultAction\": \"SCMP_ACT_MAYBE\",\n"
          "\"syscalls\": [\n"
          "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"arg\": []},\n"
          "{\"names\": [\"read\"]},\n"
          "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_NOTIFY\"},\n"
          "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 6, \"op\": "
          "\"==\"}]},\n"
          "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": [\"ADMIN\"]}}]}"),
      "1: unknown action 'SCMP_ACT_MAYBE'\n"
      "3: unknown key \"arg\"\n"
      "4: a rule has no \"action\"\n"
      "5: SCMP_ACT_NOTIFY needs a program that answers, and jailrun has none\n"
      "6: a call has no argument 6: they are numbered from 0 to 5\n"
      "6: unknown comparison '=='\n"
      "7: unknown capability 'ADMIN'\n");
}

TEST(SeccompProfile, WhatIsNoJsonIsRefusedWithItsLine) {
  EXPECT_EQ(faults("{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n\n \"syscalls\": [}"),
            "3: expected an object\n");
  EXPECT_EQ(faults("{\"defaultAction\": \"SCMP_ACT_ALLOW\"\n\"syscalls\": []}"), "2: expected ',' or '}'\n");
  EXPECT_EQ(faults("{\"defaultAction\": \"SCMP_ACT_ALLOW\"} {"), "1: expected nothing more\n");
  EXPECT_EQ(faults("{\"defaultAction\": \"SCMP_ACT_ALL"), "1: a string does not end\n");
  EXPECT_EQ(faults("{\"defaultAction\": 3}"), "1: expected a string\n");
  EXPECT_EQ(faults("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultErrnoRet\": -1}"),
            "1: expected a whole number from 0 to 18446744073709551615\n");
  EXPECT_EQ(faults("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"comment\": " + std::string(100, '[')),
            "1: it is nested too deeply\n");
  EXPECT_EQ(faults("{\"syscalls\": []}"), "0: it has no \"defaultAction\"\n");
}

TEST(SeccompProfile, EscapesInJsonAreRead) {
  const Profile profile =
      oci(R"({"n\u0061mes": ["re\u0061d"], "action": "SCMP_ACT_ALLOW", "comment": "\"\\\n\u20ac"})");
  EXPECT_EQ(verdict(profile, "read"), kAllow);
}

TEST(SeccompProfile, FirecrackersThreadsAreAllLetDoWhatOneOfThemNeeds) {
  const Profile profile = read_profile(R"({
      "vmm": {"default_action": "trap", "filter_action": "allow", "filter": [
        {"syscall": "read", "comment": "of a device"},
        {"syscall": "mmap", "args": [{"index": 2, "type": "dword", "op": {"masked_eq": 4}, "val": 0}]}]},
      "vcpu": {"default_action": "trap", "filter_action": "allow", "filter": [
        {"syscall": "ioctl", "args": [
          {"index": 1, "type": "dword", "op": "eq", "val": 44672, "comment": "KVM_RUN"}]}]}})",
                                       {});
  EXPECT_EQ(verdict(profile, "read"), kAllow);
  EXPECT_EQ(verdict(profile, "mmap", 0, 0, 3), kAllow);
  EXPECT_EQ(verdict(profile, "mmap", 0, 0, 4), SECCOMP_RET_TRAP);
  EXPECT_EQ(verdict(profile, "ioctl", 3, 44672), kAllow);
  EXPECT_EQ(verdict(profile, "ioctl", 3, uint64_t{1} << 32 | 44672), kAllow);
  EXPECT_EQ(verdict(profile, "ioctl", 3, 44673), SECCOMP_RET_TRAP);
  EXPECT_EQ(verdict(profile, "bpf"), SECCOMP_RET_TRAP);
}

TEST(SeccompProfile, FaultsOfFirecrackersJsonAreTold) {
  EXPECT_EQ(
      faults("{\"vmm\": {\"default_action\": \"trap\", \"filter_action\": \"allow\", \"filter\": [\n"
             "{\"syscall\": \"call_of_2040\"},\n{\"args\": []},\n"
             "{\"syscall\": \"read\", \"args\": [{\"index\": 0, \"type\": \"word\", \"op\": \"is\", \"val\": "
             "1}]}]},\n"
             "\"api\": {\"default_action\": {\"errno\": 1}, \"filter_action\": \"allow\", \"filter\": []}}"),
      "2: 'call_of_2040' is not a system call that jailrun knows\n"
      "3: a rule has no \"syscall\"\n"
      "4: unknown type 'word'\n"
      "4: unknown comparison 'is'\n"
      "5: the threads' filters have different actions, so they can't be merged into one\n");
}

TEST(SeccompProfile, AFilterIsTakenAsItIs) {
  const Program program = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG)};
  const std::string_view bytes(reinterpret_cast<const char*>(program.data()), 8);
  EXPECT_EQ(verdict(read_profile(bytes, {}), "read"), SECCOMP_RET_LOG);
  EXPECT_EQ(faults(bytes.substr(0, 7)),
            "0: its 7 bytes are not a whole number of filter instructions, which have 8 each\n");
  EXPECT_EQ(faults(std::string("\xff\0\0\0\0\0\0\0", 8)),
            "0: instruction 0 is not one that a filter may have\n");
}

TEST(SeccompProfile, MinijailsPolicyIsRead) {
  const Profile profile = read_profile(
      "# what the program needs\n"
      "@default trap\n"
      "read: 1\n"
      "write: allow\n"
      "bpf: return 38\n"
      "ioctl: arg1 == 0x5401 && arg0 < 3 || arg1 == 0x5413\n"
      "mmap: arg2 in 0x3; return 1   # never executable\n"
      "prctl: arg0 & 6\n",
      {});
  EXPECT_EQ(verdict(profile, "read"), kAllow);
  EXPECT_EQ(verdict(profile, "write"), kAllow);
  EXPECT_EQ(verdict(profile, "bpf"), SECCOMP_RET_ERRNO | 38);
  EXPECT_EQ(verdict(profile, "ioctl", 2, 0x5401), kAllow);
  EXPECT_EQ(verdict(profile, "ioctl", 3, 0x5401), SECCOMP_RET_TRAP);
  EXPECT_EQ(verdict(profile, "ioctl", 3, 0x5413), kAllow);
  EXPECT_EQ(verdict(profile, "mmap", 0, 0, 3), kAllow);
  EXPECT_EQ(verdict(profile, "mmap", 0, 0, 7), kDenied);
  EXPECT_EQ(verdict(profile, "prctl", 4), kAllow);
  EXPECT_EQ(verdict(profile, "prctl", 8), SECCOMP_RET_TRAP);
  EXPECT_EQ(verdict(profile, "sync"), SECCOMP_RET_TRAP);
}

TEST(SeccompProfile, AllFaultsOfAMinijailPolicyAreTold) {
  EXPECT_EQ(faults("read: 1\nread\ncall_of_2040: 1\n@include other.policy\nioctl: arg1 == TCGETS\nsync: "
                   "return EPERM\n"),
            "2: 'read' is not NAME: EXPRESSION\n"
            "3: 'call_of_2040' is not a system call that jailrun knows\n"
            "4: '@include' is not supported: put all rules into one file\n"
            "5: 'arg1 == TCGETS' is not argN COMPARISON NUMBER, where the comparison is ==, !=, <, <=, >, "
            ">=, & or in\n"
            "6: 'EPERM' is not an error number: write it as digits\n");
  EXPECT_EQ(faults(""), "0: it allows no system call\n");
}

// It would allow the call whatever its arguments.
TEST(SeccompProfile, AnAlternativeOfAMinijailPolicyThatTestsNothingIsAFault) {
  for (const char* const tests : {"|| arg1 == 5", "arg1 == 5 ||", "arg1 == 5 || || arg1 == 6", "arg1 == 5 &&",
                                  "&& arg1 == 5", "; return 1", ""})
    EXPECT_EQ(faults("ioctl: " + std::string(tests)),
              "1: '' is not argN COMPARISON NUMBER, where the comparison is ==, !=, <, <=, >, >=, & or in\n")
        << tests;
}

}  // namespace
