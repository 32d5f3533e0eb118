// SPDX-License-Identifier: Apache-2.0
// The built-in profile for Firecracker: it allows what Firecracker's own filters do, and little else.
#include "core/seccomp/compile.hpp"
#include "core/seccomp/evaluate.hpp"
#include "core/seccomp/profile.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

using namespace jailrun::seccomp;

namespace {

using Arguments = std::array<std::optional<uint64_t>, 6>;

class FirecrackersProfile : public testing::Test {
 protected:
  std::vector<Verdict> asked(Call call, const Arguments& arguments = {}) const {
    return verdicts(view(program_), {audit_number(kNative), call_number(call, kNative), arguments});
  }
  std::vector<Verdict> asked(std::string_view name, const Arguments& arguments = {}) const {
    return asked(find_call(name), arguments);
  }
  const Program program_ = compile(firecracker_profile().policy);
};

const std::vector<Verdict> kAllowed = {SECCOMP_RET_ALLOW};
const std::vector<Verdict> kForbidden = {SECCOMP_RET_ERRNO | EPERM};

TEST_F(FirecrackersProfile, LetsItsOwnFiltersBeLoaded) {
  for (const char* const name : {"prctl", "seccomp", "execve", "exit", "write", "exit_group"})
    EXPECT_EQ(asked(name), kAllowed) << name;
}

TEST_F(FirecrackersProfile, ForbidsWhatNoMachineNeeds) {
  for (const char* const name :
       {"execveat", "ptrace", "mount", "open_by_handle_at", "bpf", "keyctl", "unshare", "setns", "chroot",
        "kill", "setuid", "personality", "process_vm_readv", "mkdirat", "symlinkat", "link", "rename",
        "chmod", "mknodat"})
    EXPECT_EQ(asked(name), kForbidden) << name;
  EXPECT_EQ(asked("socket", {AF_UNIX}), kAllowed);
  EXPECT_EQ(asked("socket", {AF_INET}), kForbidden);
  EXPECT_EQ(asked("socket", {AF_NETLINK}), kForbidden);
  EXPECT_EQ(asked("ioctl", {0, TIOCSTI}), kForbidden);
  EXPECT_EQ(asked("ioctl", {0, TIOCSTI | uint64_t{1} << 32}), kForbidden);  // the kernel sees an int
  EXPECT_EQ(asked("ioctl", {0, TCGETS}), kAllowed);
  EXPECT_EQ(asked("clone", {0x3d0f00}), kAllowed);
  EXPECT_EQ(asked("clone", {CLONE_NEWUSER}), kForbidden);
  EXPECT_EQ(asked("clone3"), std::vector<Verdict>{SECCOMP_RET_ERRNO | ENOSYS});
}

// With the arguments that make each rule of the file hold.
TEST_F(FirecrackersProfile, AllowsWhatFirecrackersOwnFileAllows) {
  const char* const path = getenv("JAILRUN_FIRECRACKER_PROFILE");
  if (path == nullptr || *path == '\0')
    GTEST_SKIP() << "no package has Firecracker's own filters: name its "
                    "resources/seccomp/x86_64-unknown-linux-musl.json "
                    "in JAILRUN_FIRECRACKER_PROFILE";
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const Profile theirs = read_firecracker(text.str());
  ASSERT_TRUE(theirs.faults.empty()) << theirs.faults.front().text;
  ASSERT_GT(theirs.policy.rules.size(), 100U) << path;
  for (const Rule& rule : theirs.policy.rules) {
    if (call_number(rule.call, kNative) == kNoNumber) continue;
    Arguments arguments;
    for (uint32_t i = 0; i < rule.condition_count; ++i) {
      const Condition& one = theirs.policy.conditions[rule.first_condition + i];
      arguments[one.argument] = one.value;
    }
    EXPECT_EQ(asked(rule.call, arguments), kAllowed) << call_name(rule.call);
  }
}

}  // namespace
