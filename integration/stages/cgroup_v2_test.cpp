// SPDX-License-Identifier: Apache-2.0
// The group of the version 2 hierarchy, and its values as the kernel reads them back.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

// A controller that this host has in version 2, with a value that hurts nobody.
struct Sample {
  const char* controller;
  const char* value;
};
constexpr Sample kSamples[] = {
    {"pids", "pids.max=50"}, {"hugetlb", "hugetlb.2MB.max=0"}, {"io", "io.weight=50"}};

class CgroupV2Test : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (v2_mount().empty()) GTEST_SKIP() << "no hierarchy of version 2 is mounted on this host";
    const std::string carried = " " + first_line("/cgroup.controllers") + " ";
    for (const Sample& sample : kSamples)
      if (value_.empty() && carried.find(" " + std::string(sample.controller) + " ") != std::string::npos) {
        value_ = sample.value;
        controller_ = sample.controller;
      }
    if (value_.empty()) GTEST_SKIP() << "version 2 carries no controller on this host:" << carried;
  }
  void TearDown() override {
    // A launch leaves the controller enabled, as others may rely on it; the tests leave the host as it was.
    if (!value_.empty()) write_file(v2_mount() + "/cgroup.subtree_control", "-" + controller_);
    JailTest::TearDown();
  }

  static std::string first_line(const std::string& file) {
    const std::string text = read_file(v2_mount() + file);
    return text.substr(0, text.find('\n'));
  }
  std::string file() const { return value_.substr(0, value_.find('=')); }
  std::string wanted() const { return value_.substr(value_.find('=') + 1); }
  Strings with_value(const Strings& more = {}) const {
    Strings options = {"--pipeline", pipeline("firecracker.conf"), "--cgroup-version", "2", "--cgroup",
                       value_};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }

  std::string controller_;
  std::string value_;
};

TEST_F(CgroupV2Test, TheProcessIsInItsGroupWithTheValue) {
  const Jailed jailed = start(with_value());
  EXPECT_EQ(v2_group_of(jailed.pid()), "/probe/jail");
  EXPECT_EQ(first_line("/probe/jail/" + file()), wanted());
  EXPECT_EQ(read_file(v2_mount() + "/probe/jail/cgroup.procs"), std::to_string(jailed.pid()) + "\n");
}

TEST_F(CgroupV2Test, ADaemonIsBornThere) {
  const Jailed jailed = start_daemon(with_value());
  EXPECT_EQ(v2_group_of(jailed.pid()), "/probe/jail");
  EXPECT_EQ(read_file(v2_mount() + "/probe/jail/cgroup.procs"), std::to_string(jailed.pid()) + "\n");
}

TEST_F(CgroupV2Test, TheControllerIsHandedDownThePath) {
  const Jailed jailed = start(with_value({"--parent-cgroup", "vms/web"}));
  EXPECT_EQ(v2_group_of(jailed.pid()), "/vms/web/jail");
  EXPECT_EQ(first_line("/vms/cgroup.subtree_control"), controller_);
  EXPECT_EQ(first_line("/vms/web/cgroup.subtree_control"), controller_);
  EXPECT_EQ(first_line("/vms/web/jail/cgroup.subtree_control"), "");
}

TEST_F(CgroupV2Test, AnEmptyParentMeansDirectlyBelowTheHierarchy) {
  const Jailed jailed = start(with_value({"--parent-cgroup", ""}));
  EXPECT_EQ(v2_group_of(jailed.pid()), "/jail");
}

TEST_F(CgroupV2Test, TwoJailsShareTheGroupAboveAndTheLastTakesItAway) {
  {
    const Jailed one = start(with_value({"--id", "one"}));
    {
      const Jailed two = start(with_value({"--id", "two"}));
      EXPECT_EQ(v2_group_of(two.pid()), "/probe/two");
    }
    EXPECT_FALSE(exists(v2_mount() + "/probe/two"));
    EXPECT_EQ(v2_group_of(one.pid()), "/probe/one");
  }
  EXPECT_FALSE(exists(v2_mount() + "/probe"));
}

TEST_F(CgroupV2Test, AValueThatTheKernelRefusesTakesAllBack) {
  const std::string sentence = refusal({"--pipeline", pipeline("firecracker.conf"), "--cgroup-version", "2",
                                        "--cgroup", file() + "=nonsense"});
  EXPECT_NE(sentence.find("write 'nonsense' to " + v2_mount() + "/probe/jail/" + file()), std::string::npos)
      << sentence;
}

// The launch itself is in the group by then.
TEST_F(CgroupV2Test, AnExecThatFailsTakesAllBack) {
  const std::string own = v2_group_of(getpid());
  refusal(with_value({"--exec-file", broken_program()}));
  refusal(with_value({"--exec-file", broken_program(), "--daemonize"}));
  EXPECT_EQ(v2_group_of(getpid()), own);
}

TEST_F(CgroupV2Test, AControllerThatIsNotThereIsRefused) {
  const std::string sentence = refusal(
      {"--pipeline", pipeline("firecracker.conf"), "--cgroup-version", "2", "--cgroup", "colour.max=1"});
  EXPECT_NE(sentence.find("no cgroup version 2 hierarchy on this host carries the controller 'colour'"),
            std::string::npos)
      << sentence;
}

// Only a group without processes can have groups with controllers below it.
TEST_F(CgroupV2Test, AParentWithProcessesIsRefusedWithTheReason) {
  const std::string sentence = refusal(with_value({"--parent-cgroup", "tests"}));
  EXPECT_NE(sentence.find("has processes of its own"), std::string::npos) << sentence;
}

TEST_F(CgroupV2Test, WithoutValuesTheProcessMovesIntoTheParentThatIsThere) {
  const std::string group = v2_mount() + "/vms";
  ASSERT_EQ(mkdir(group.c_str(), 0755), 0);
  const Strings options = {
      "--pipeline", pipeline("firecracker.conf"), "--cgroup-version", "2", "--parent-cgroup", "vms"};
  {
    const Jailed in_place = start(options);
    EXPECT_EQ(v2_group_of(in_place.pid()), "/vms");
  }
  {
    const Jailed daemon = start_daemon(options);
    EXPECT_EQ(v2_group_of(daemon.pid()), "/vms");
  }
  EXPECT_TRUE(exists(group)) << "a group that stood before the launch was removed";
  EXPECT_EQ(rmdir(group.c_str()), 0);
}

TEST_F(CgroupV2Test, WhoeverElseIsInAParentThatWasJoinedIsNotTheJails) {
  const std::string group = v2_mount() + "/vms";
  ASSERT_EQ(mkdir(group.c_str(), 0755), 0);
  const Child other(Command{{"sleep", "100"}});
  write_file(group + "/cgroup.procs", std::to_string(other.pid()));
  const Outcome outcome =
      launch({"--pipeline", pipeline("firecracker.conf"), "--cgroup-version", "2", "--parent-cgroup", "vms"},
             {"--exit", "0"});
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  remove_jail();  // which would be refused for a jail that is alive
  EXPECT_EQ(v2_group_of(other.pid()), "/vms");
  write_file(v2_mount() + "/tests/cgroup.procs", std::to_string(other.pid()));
  EXPECT_EQ(rmdir(group.c_str()), 0);
}

TEST_F(CgroupV2Test, WithoutValuesAndWithoutAParentThatIsThereNothingHappens) {
  const std::string own = v2_group_of(getpid());
  const Jailed jailed = start({"--pipeline", pipeline("firecracker.conf"), "--cgroup-version", "2"});
  EXPECT_EQ(v2_group_of(jailed.pid()), own);
  EXPECT_FALSE(exists(v2_mount() + "/probe"));
}

// Clients force version 1 by their library's default, whatever the host has.
TEST_F(CgroupV2Test, Version1ForAControllerThatOnlyVersion2HasIsSetThereAndSaid) {
  const Outcome outcome =
      launch({"--pipeline", pipeline("firecracker.conf"), "--cgroup", value_}, {"--exit", "0"});
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.err.find("in version 2 only"), std::string::npos) << outcome.err;
  EXPECT_EQ(first_line("/probe/jail/" + file()), wanted());
  remove_jail();
}

}  // namespace
}  // namespace jailrun::integration
