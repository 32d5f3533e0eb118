// SPDX-License-Identifier: Apache-2.0
// Removal of jails whose programs, or leftovers of them, do not want to go.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"

#include <chrono>
#include <filesystem>
#include <string>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class RemovalTest : public JailTest {
 protected:
  void TearDown() override {
    (void)run({runner(), "rm", "--host"});  // the reports of supervised launches
    JailTest::TearDown();
  }
  Outcome rm(const Strings& words) const {
    Strings argv = {runner(), "rm", "--chroot-base-dir", base()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(Command{argv});
  }
  Outcome ps() const { return run(Command{{runner(), "ps", "--chroot-base-dir", base()}}); }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Seconds {
 public:
  double passed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// A version 1 group of the test's own, removed with it.
class FrozenGroup {
 public:
  explicit FrozenGroup(pid_t pid) : path_(v1_mount("freezer") + "/jailrun-test-frozen") {
    std::filesystem::create_directory(path_);
    write_file(path_ + "/cgroup.procs", std::to_string(pid));
    write_file(path_ + "/freezer.state", "FROZEN");
  }
  FrozenGroup(const FrozenGroup&) = delete;
  FrozenGroup& operator=(const FrozenGroup&) = delete;
  ~FrozenGroup() {
    thaw();
    remove_group_tree(path_);
  }
  void thaw() const { write_file(path_ + "/freezer.state", "THAWED"); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_F(RemovalTest, AProgramWhoseFirstThreadHasEndedIsAliveForAllCommands) {
  Child launched(command({}, {"--sleep-in-thread"}));
  ASSERT_TRUE(launched.says("end"));
  const std::string pid = std::to_string(launched.pid());
  while (read_file("/proc/" + pid + "/stat").find(") Z ") == std::string::npos) usleep(1000);
  EXPECT_TRUE(contains(ps().out, " alive  ")) << ps().text();
  const Outcome removed = rm({"jail"});
  EXPECT_EQ(removed.exit_status, 1) << removed.text();
  EXPECT_TRUE(contains(removed.err, "alive: pid " + pid)) << removed.text();
  EXPECT_TRUE(contains(refusal({}), "alive: pid " + pid));
  EXPECT_TRUE(contains(refusal({"--replace"}), "alive: pid " + pid));
  EXPECT_TRUE(rm({"--force", "jail"}).succeeded());
  launched.wait();
  EXPECT_EQ(list(base()), "");
}

TEST_F(RemovalTest, ForceEndsAForkBombAtOnce) {
  if (const std::string controller = missing_v1({"pids"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  Child launched(command({"--cgroup", "pids.max=40"}, {"--bomb"}));
  ASSERT_TRUE(launched.says("end"));
  const Seconds time;
  const Outcome removed = rm({"--force", "--timeout", "1", "jail"});
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_LT(time.passed(), 5);
  launched.wait();
  EXPECT_EQ(list(base()), "");
}

TEST_F(RemovalTest, ASupervisedForkBombDoesNotHoldItsCaller) {
  if (const std::string controller = missing_v1({"pids"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  Child launched(command({"--supervise", "--cgroup", "pids.max=40"}, {"--bomb"}));
  ASSERT_TRUE(launched.says("end"));
  const Seconds time;
  launched.send(SIGUSR1);  // the program does not handle it
  launched.wait();
  EXPECT_LT(time.passed(), 20);
  EXPECT_EQ(list(base()), "");
}

TEST_F(RemovalTest, WhatCanNotBeKilledIsNamedAndHoldsUpNoOther) {
  if (const std::string controller = missing_v1({"freezer"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  Child stuck(command({"--id", "stuck"}, {"--sleep"}));
  Child other(command({"--id", "other"}, {"--sleep"}));
  ASSERT_TRUE(stuck.says("end") && other.says("end"));
  {
    const FrozenGroup frozen(stuck.pid());
    const Seconds time;
    const Outcome removed = rm({"--force", "--timeout", "1", "stuck", "other"});
    EXPECT_LT(time.passed(), 5);
    EXPECT_EQ(removed.exit_status, 1) << removed.text();
    EXPECT_TRUE(contains(removed.err,
                         "process " + std::to_string(stuck.pid()) + " is frozen by cgroup " + frozen.path()))
        << removed.text();
    EXPECT_EQ(list(base() + "/probe"), "stuck");
    frozen.thaw();
    stuck.wait();
  }
  other.wait();
  EXPECT_TRUE(rm({"--force", "stuck"}).succeeded());
  EXPECT_EQ(list(base()), "");
}

TEST_F(RemovalTest, AProgramThatIsFrozenInTheJailsOwnGroupIsKilled) {
  if (const std::string controller = missing_v1({"freezer"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  Child launched(command({"--cgroup", "freezer.state=THAWED"}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  write_file(v1_mount("freezer") + "/probe/jail/freezer.state", "FROZEN");
  const Outcome removed = rm({"--force", "--timeout", "1", "jail"});
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  launched.wait();
  EXPECT_EQ(list(base()), "");
}

TEST_F(RemovalTest, ANodeThatWasMovedAsideInTheCallersRootDoesNotOutliveTheJail) {
  prefill();
  ASSERT_TRUE(launch({}).succeeded());
  std::filesystem::create_directory(root() + "/dev/hidden");
  std::filesystem::rename(root() + "/dev/kvm", root() + "/dev/hidden/kvm");
  write_file(root() + "/dev/kvm", "not a node");
  const Outcome removed = rm({"jail"});
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_FALSE(exists(root() + "/dev/hidden/kvm"));
  remove_prefilled();
}

// What release can't remove, as it is not there, is not left behind.
TEST_F(RemovalTest, AGroupThatCouldNotBeMadeDoesNotKeepTheId) {
  if (const std::string controller = missing_v1({"pids"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  Command wanted = command({"--cgroup", "pids.max=10"});
  wanted.in_child = [] {
    const char* const groups = "/sys/fs/cgroup/pids";
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount(groups, groups, nullptr, MS_BIND, nullptr) != 0 ||
        mount(nullptr, groups, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
      _exit(98);
  };
  const std::string sentence = refusal(wanted);
  EXPECT_TRUE(contains(sentence, "Read-only file system")) << sentence;
  EXPECT_FALSE(contains(sentence, "not removed")) << sentence;
  EXPECT_EQ(list(base()), "");
  launch_and_remove({}, {"--exit", "0"});
}

}  // namespace
}  // namespace jailrun::integration
