// SPDX-License-Identifier: Apache-2.0
// Groups of version 1 hierarchies, and their values as the kernel reads them back.
#include "integration/support/cgroups.hpp"
#include "integration/support/effects.hpp"
#include "integration/support/jail_test.hpp"

#include <libcgroup.h>

#include <filesystem>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class CgroupV1Test : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (const std::string controller = missing_v1({"cpu", "cpuset", "memory", "pids", "devices"});
        !controller.empty())
      GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  }
};

std::string value(const std::string& group, const std::string& file) {
  std::string text = read_file(v1_mount(file.substr(0, file.find('.'))) + group + "/" + file);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool has_group(const std::string& controller, const std::string& group) {
  return exists(v1_mount(controller) + group);
}

TEST_F(CgroupV1Test, TheProcessIsInTheGroupsOfTheControllersNamed) {
  const Jailed jailed = start({"--cgroup", "cpu.shares=512", "--cgroup", "pids.max=50"});
  EXPECT_EQ(v1_group_of(jailed.pid(), "cpu"), "/probe/jail");
  EXPECT_EQ(v1_group_of(jailed.pid(), "pids"), "/probe/jail");
  EXPECT_EQ(value("/probe/jail", "cpu.shares"), "512");
  EXPECT_EQ(value("/probe/jail", "pids.max"), "50");
}

TEST_F(CgroupV1Test, TheProcessStaysWhereItWasInTheOthers) {
  const Jailed jailed = start({"--cgroup", "cpu.shares=512"});
  EXPECT_EQ(v1_group_of(jailed.pid(), "memory"), "/");
  EXPECT_FALSE(has_group("memory", "/probe"));
}

TEST_F(CgroupV1Test, TheGroupHoldsTheProgramAndNothingElse) {
  const Jailed jailed = start({"--cgroup", "cpu.shares=512"});
  EXPECT_EQ(
      value("/probe/jail", "cpu.shares").empty() ? "" : read_file(v1_mount("cpu") + "/probe/jail/tasks"),
      std::to_string(jailed.pid()) + "\n");
}

TEST_F(CgroupV1Test, ADaemonIsInItsGroupsToo) {
  const Jailed jailed = start_daemon({"--cgroup", "cpu.shares=512"});
  EXPECT_EQ(v1_group_of(jailed.pid(), "cpu"), "/probe/jail");
  EXPECT_EQ(read_file(v1_mount("cpu") + "/probe/jail/tasks"), std::to_string(jailed.pid()) + "\n");
}

TEST_F(CgroupV1Test, WithoutValuesNoGroupIsMade) {
  const HostSnapshot before = snapshot();
  const Jailed jailed = start({});
  EXPECT_EQ(before.changes_to(snapshot()).find("+ cgroup "), std::string::npos);
}

TEST_F(CgroupV1Test, AValueIsReadAsTheKernelTakesIt) {
  const Jailed jailed = start({"--cgroup", "memory.limit_in_bytes=64M"});
  EXPECT_EQ(value("/probe/jail", "memory.limit_in_bytes"), "67108864");
}

TEST_F(CgroupV1Test, OfTheSameFileTwiceTheLastWins) {
  const Jailed jailed = start({"--cgroup", "cpu.shares=300", "--cgroup", "cpu.shares=400"});
  EXPECT_EQ(value("/probe/jail", "cpu.shares"), "400");
}

TEST_F(CgroupV1Test, EachFileIsWrittenOnce) {
  const Strings options = {"--cgroup",      "cpu.shares=300", "--cgroup",
                           "cpuset.cpus=0", "--cgroup",       "cpu.shares=400"};
  ASSERT_TRUE(run(traced(command(options), scratch("trace"), changing_calls())).succeeded());
  std::map<std::string, int> writes;
  for (const Effect& effect : effects_of(until_exec(read_trace(scratch("trace")))))
    if (effect.what.rfind("write " + v1_mount("cpu"), 0) == 0 ||
        effect.what.rfind("write " + v1_mount("cpuset"), 0) == 0)
      ++writes[effect.what.substr(0, effect.what.rfind(' '))];
  for (const auto& [file, times] : writes) EXPECT_EQ(times, 1) << file;
  EXPECT_EQ(writes.count("write " + v1_mount("cpu") + "/probe/jail/cpu.shares"), 1U);
  remove_jail();
}

TEST_F(CgroupV1Test, ValuesOfOneControllerAreAllWritten) {
  const Jailed jailed = start({"--cgroup", "cpu.cfs_period_us=50000", "--cgroup", "cpu.cfs_quota_us=25000"});
  EXPECT_EQ(value("/probe/jail", "cpu.cfs_period_us"), "50000");
  EXPECT_EQ(value("/probe/jail", "cpu.cfs_quota_us"), "25000");
}

TEST_F(CgroupV1Test, AnUnsetCpusetInheritsDownThePath) {
  const Jailed jailed = start({"--cgroup", "cpuset.cpus=0", "--parent-cgroup", "vms/web"});
  const std::string all_cpus = value("", "cpuset.cpus");
  const std::string all_nodes = value("", "cpuset.mems");
  EXPECT_EQ(value("/vms", "cpuset.cpus"), all_cpus);
  EXPECT_EQ(value("/vms/web", "cpuset.cpus"), all_cpus);
  EXPECT_EQ(value("/vms/web/jail", "cpuset.cpus"), "0");
  EXPECT_EQ(value("/vms/web/jail", "cpuset.mems"), all_nodes);
}

TEST_F(CgroupV1Test, ACpusetOfTheParentGroupIsNotOverwritten) {
  const std::string parent = v1_mount("cpuset") + "/vms";
  ASSERT_EQ(mkdir(parent.c_str(), 0755), 0);
  write_file(parent + "/cpuset.cpus", "0");
  write_file(parent + "/cpuset.mems", value("", "cpuset.mems"));
  {
    const Jailed jailed = start({"--cgroup", "cpuset.cpus=0", "--parent-cgroup", "vms"});
    EXPECT_EQ(value("/vms", "cpuset.cpus"), "0");
    EXPECT_EQ(v1_group_of(jailed.pid(), "cpuset"), "/vms/jail");
  }
  EXPECT_TRUE(exists(parent)) << "a group that stood before the launch was removed";
  EXPECT_EQ(rmdir(parent.c_str()), 0);
}

TEST_F(CgroupV1Test, AnotherParentGroupCanBeNamed) {
  const Jailed jailed = start({"--cgroup", "cpu.shares=512", "--parent-cgroup", "vms/web"});
  EXPECT_EQ(v1_group_of(jailed.pid(), "cpu"), "/vms/web/jail");
}

TEST_F(CgroupV1Test, AnEmptyParentGroupMeansTheHierarchysRoot) {
  const Jailed jailed = start({"--cgroup", "cpu.shares=512", "--parent-cgroup", ""});
  EXPECT_EQ(v1_group_of(jailed.pid(), "cpu"), "/jail");
}

TEST_F(CgroupV1Test, AValueIsSplitFromItsFileAtTheFirstEqualsSign) {
  const std::string sentence = refusal({"--cgroup", "pids.max=riops=100 wiops=1"});
  EXPECT_NE(sentence.find("riops=100 wiops=1"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("/pids.max"), std::string::npos) << sentence;
}

TEST_F(CgroupV1Test, FilesThatCanOnlyBeWrittenToWork) {
  const Jailed jailed = start({"--cgroup", "devices.deny=a", "--cgroup", "devices.allow=c 10:200 rwm"},
                              {"--open", "/dev/net/tun", "--open", "/dev/kvm"});
  EXPECT_EQ(value("/probe/jail", "devices.list"), "c 10:200 rwm");
  EXPECT_EQ(jailed.report_all("open"), (Strings{"/dev/net/tun yes", "/dev/kvm EPERM"}));
}

TEST_F(CgroupV1Test, ALimitOfABlockDeviceIsSet) {
  if (v1_mount("blkio").empty()) GTEST_SKIP() << "no version 1 hierarchy on this host carries blkio";
  struct stat there {};
  ASSERT_EQ(stat(base().c_str(), &there), 0);
  if (major(there.st_dev) == 0) GTEST_SKIP() << base() << " is on no block device";
  const std::string device = std::to_string(major(there.st_dev)) + ":" + std::to_string(minor(there.st_dev));
  const Jailed jailed = start({"--cgroup", "blkio.throttle.read_bps_device=" + device + " 1048576"});
  EXPECT_EQ(value("/probe/jail", "blkio.throttle.read_bps_device"), device + " 1048576");
}

TEST_F(CgroupV1Test, AValueThatTheKernelRefusesLeavesNoGroup) {
  const std::string sentence = refusal({"--cgroup", "cpu.shares=512", "--cgroup", "pids.max=nonsense"});
  EXPECT_NE(sentence.find("pids.max"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("Invalid argument"), std::string::npos) << sentence;
}

TEST_F(CgroupV1Test, AFailingLaunchLeavesTheGroupThatAnotherJailIsIn) {
  const Jailed first = start({"--cgroup", "cpu.shares=512"});
  refusal({"--id", "second", "--cgroup", "cpu.shares=512", "--cgroup", "pids.max=nonsense"});
  EXPECT_EQ(v1_group_of(first.pid(), "cpu"), "/probe/jail");
}

TEST_F(CgroupV1Test, AnotherLibraryReadsTheSameValues) {
  const Jailed jailed = start({"--cgroup", "cpu.shares=512", "--cgroup", "memory.limit_in_bytes=64M"});
  ASSERT_EQ(cgroup_init(), 0);
  cgroup* const group = cgroup_new_cgroup("/probe/jail");
  ASSERT_EQ(cgroup_get_cgroup(group), 0);
  int64_t shares = 0;
  int64_t limit = 0;
  EXPECT_EQ(cgroup_get_value_int64(cgroup_get_controller(group, "cpu"), "cpu.shares", &shares), 0);
  EXPECT_EQ(cgroup_get_value_int64(cgroup_get_controller(group, "memory"), "memory.limit_in_bytes", &limit),
            0);
  EXPECT_EQ(shares, 512);
  EXPECT_EQ(limit, 64 << 20);
  EXPECT_EQ(cgroup_get_controller(group, "pids"), nullptr) << "the jail has a group that nobody asked for";
  cgroup_free_controllers(group);
  cgroup* freed = group;
  cgroup_free(&freed);
}

}  // namespace
}  // namespace jailrun::integration
