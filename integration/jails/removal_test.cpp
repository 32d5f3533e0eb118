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
    (void)run({runner(), "rm", "--host", "--reports"});  // the reports of supervised launches
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

// Every process in a group that the launch made, when it goes out of scope: no bomb outlives its test.
class DoomedGroup {
 public:
  explicit DoomedGroup(std::string path) : path_(std::move(path)) {}
  DoomedGroup(const DoomedGroup&) = delete;
  DoomedGroup& operator=(const DoomedGroup&) = delete;
  ~DoomedGroup() {
    for (int attempt = 0; exists(path_ + "/pids.max") && attempt < 1000; ++attempt) {
      try {
        write_file(path_ + "/pids.max", "0");
        const Strings left = split_lines(read_file(path_ + "/cgroup.procs"));
        if (left.empty()) return;
        for (const std::string& pid : left) kill(std::atoi(pid.c_str()), SIGKILL);
      } catch (const std::exception&) {
        return;  // removed meanwhile
      }
      usleep(1000);
    }
  }

 private:
  std::string path_;
};

// A fork bomb, a frozen program, one that builds trees while it is removed, one that ignores SIGTERM, and a
// process outside every jail that builds in a root.
TEST_F(RemovalTest, AllKindsOfUnwillingJailsAreEndedWithinOnePatience) {
  if (const std::string controller = missing_v1({"pids", "freezer"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  constexpr int kPatience = 2;
  constexpr double kMargin = 6;  // for two thousand directories on a slow disk
  const DoomedGroup bounded(v1_mount("pids") + "/probe/bomb");
  Child bomb(command({"--id", "bomb", "--cgroup", "pids.max=40"}, {"--bomb"}));
  Child frozen(command({"--id", "frozen"}, {"--sleep"}));
  Child builder(command({"--id", "builder"}, {"--build-trees"}));
  Child unwilling(command({"--id", "unwilling"}, {"--ignore-sigterm", "--sleep"}));
  Child visited(command({"--id", "visited"}, {"--sleep"}));
  for (Child* one : {&bomb, &frozen, &builder, &unwilling, &visited}) ASSERT_TRUE(one->says("end"));
  const pid_t visitor = fork();
  if (visitor == 0) {
    if (chdir(root("visited").c_str()) != 0 || setgid(kGid) != 0 || setuid(kUid) != 0) _exit(1);
    // As fast as it can, but never more than a hundred: how long those take is the disk's affair.
    for (int number = 0;; ++number) {
      mkdir(std::to_string(number).c_str(), 0700);
      rmdir(std::to_string(number - 100).c_str());
    }
  }
  {
    const FrozenGroup group(frozen.pid());
    const Seconds time;
    const Outcome removed = rm({"--force", "--timeout", std::to_string(kPatience), "bomb", "frozen",
                                "builder", "unwilling", "visited"});
    // One for SIGTERM, and for what does not end then one for SIGKILL.
    EXPECT_LT(time.passed(), 2 * kPatience + kMargin) << removed.text();
    EXPECT_EQ(removed.exit_status, 1) << removed.text();
    EXPECT_EQ(removed.err_lines().size(), 1U) << removed.text();
    expect_mentions(removed.err,
                    {"process " + std::to_string(frozen.pid()) + " is frozen by cgroup " + group.path()});
    EXPECT_EQ(list(base() + "/probe"), "frozen");
    group.thaw();
    frozen.wait();
  }
  end_process(visitor);
  for (Child* one : {&bomb, &builder, &unwilling, &visited}) EXPECT_FALSE(one->wait().timed_out);
  EXPECT_TRUE(rm({"--force", "frozen"}).succeeded());
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
