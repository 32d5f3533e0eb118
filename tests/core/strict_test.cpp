// SPDX-License-Identifier: Apache-2.0
#include "core/stages/strict.hpp"

#include "tests/support/child.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// What is found to have changed about a process in which `change` was done.
std::string found(const std::function<void()>& change) {
  return tests::in_child([&] {
    const ProcessState before = ProcessState::now();
    change();
    return before.difference(ProcessState::now());
  });
}

TEST(Strict, AnUnchangedProcessHasNoDifference) {
  EXPECT_EQ(found([] {}), "");
  EXPECT_EQ(found([] { close(open("/dev/null", O_RDONLY | O_CLOEXEC)); }), "");
}

TEST(Strict, AChangedUmaskIsFound) {
  EXPECT_EQ(found([] { umask(umask(0) ^ 1); }), "the umask");
}

TEST(Strict, AChangedWorkingDirectoryIsFound) {
  EXPECT_EQ(found([] { (void)!chdir("/proc/self"); }), "the working directory or the root");
}

TEST(Strict, ADescriptorLeftOpenIsFound) {
  EXPECT_EQ(found([] { (void)open("/dev/null", O_RDONLY | O_CLOEXEC); }), "the set of open descriptors");
}

TEST(Strict, ADescriptorClosedIsFound) {
  EXPECT_EQ(found([] { close(0); }), "the set of open descriptors");
}

TEST(Strict, ADescriptorThatNamesAnotherFileIsFound) {
  EXPECT_EQ(found([] {
              const int other = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
              dup2(other, 0);
              close(other);
            }),
            "the set of open descriptors");
}

TEST(Strict, ABlockedSignalIsFound) {
  EXPECT_EQ(found([] {
              sigset_t set;
              sigemptyset(&set);
              sigaddset(&set, SIGUSR1);
              sigprocmask(SIG_BLOCK, &set, nullptr);
            }),
            "the signal mask");
}

TEST(Strict, AnIgnoredOrCaughtSignalIsFound) {
  EXPECT_EQ(found([] { signal(SIGUSR1, SIG_IGN); }), "the ignored signals");
  EXPECT_EQ(found([] { signal(SIGUSR1, [](int) {}); }), "the caught signals");
}

TEST(Strict, AThreadIsFound) {
  EXPECT_EQ(found([] {
              pthread_t thread{};
              pthread_create(
                  &thread, nullptr, [](void*) -> void* { return pause(), nullptr; }, nullptr);
            }),
            "the number of threads");
}

TEST(Strict, NoNewPrivilegesIsFound) {
  EXPECT_EQ(found([] { prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }), "no_new_privs");
}

TEST(Strict, ChangedCredentialsAreFound) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can change its credentials";
  EXPECT_EQ(found([] { (void)!setresuid(1, 1, 1); }), "the user ids");
  EXPECT_EQ(found([] { (void)!setresgid(1, 1, 1); }), "the group ids");
  const gid_t group = 12345;
  EXPECT_EQ(found([&] { (void)!setgroups(1, &group); }), "the supplementary groups");
}

TEST(Strict, ADroppedCapabilityIsFound) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has a capability to drop";
  EXPECT_EQ(found([] {
              __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
              __user_cap_data_struct data[2] = {};
              syscall(SYS_capget, &header, data);
              data[0].effective &= ~1U;
              syscall(SYS_capset, &header, data);
            }),
            "the capabilities");
}

}  // namespace
}  // namespace jailrun::core
