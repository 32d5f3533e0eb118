// SPDX-License-Identifier: Apache-2.0
// One NUMA node: by cpusets where the pipeline has them, else by memory policy and affinity.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"

#include <linux/mempolicy.h>
#include <sched.h>

namespace jailrun::integration {
namespace {

class NumaTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (!exists("/sys/devices/system/node/node0/cpulist")) GTEST_SKIP() << "this kernel knows no NUMA nodes";
  }
};

class NumaCpusetTest : public NumaTest {
 protected:
  void SetUp() override {
    NumaTest::SetUp();
    if (v1_mount("cpuset").empty()) GTEST_SKIP() << "no version 1 hierarchy on this host carries cpuset";
  }
};

std::string line_of(const std::string& file) {
  std::string text = read_file(file);
  return text.substr(0, text.find('\n'));
}
std::string node_cpus() { return line_of("/sys/devices/system/node/node0/cpulist"); }
std::string cpuset(const std::string& file) {
  return line_of(v1_mount("cpuset") + "/probe/jail/cpuset." + file);
}

size_t cpu_count() {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  return static_cast<size_t>(CPU_COUNT(&set));
}

TEST_F(NumaCpusetTest, ANodesCpusAndMemoryAreSetInTheJailsCpuset) {
  const Jailed jailed = start({"--node", "0"});
  EXPECT_EQ(v1_group_of(jailed.pid(), "cpuset"), "/probe/jail");
  EXPECT_EQ(cpuset("cpus"), node_cpus());
  EXPECT_EQ(cpuset("mems"), "0");
}

TEST_F(NumaCpusetTest, TheCpusThatACgroupValueGivesWin) {
  if (cpu_count() < 2) GTEST_SKIP() << "with one CPU no choice can be seen";
  const Jailed jailed = start({"--node", "0", "--cgroup", "cpuset.cpus=1"});
  EXPECT_EQ(cpuset("cpus"), "1");
  EXPECT_EQ(cpuset("mems"), "0");
}

TEST_F(NumaCpusetTest, TheMemoryThatACgroupValueGivesWins) {
  // Most machines have one node; so that a win can be seen, the value given is one that the kernel refuses.
  const std::string sentence = refusal({"--node", "0", "--cgroup", "cpuset.mems=1023"});
  EXPECT_NE(sentence.find("'1023' to "), std::string::npos) << sentence;
}

TEST_F(NumaCpusetTest, TheMemoryPolicyIsLeftAloneWhereACpusetDoesIt) {
  const Jailed jailed = start({"--node", "0"});
  EXPECT_EQ(jailed.report("memory-policy"), std::to_string(MPOL_DEFAULT) + " 0");
}

TEST_F(NumaTest, WithoutTheCgroupStageMemoryIsBoundByPolicy) {
  const Jailed jailed = start({"--pipeline", pipeline_without({"cgroup-v1"}), "--node", "0"});
  EXPECT_EQ(jailed.report("memory-policy"), std::to_string(MPOL_BIND) + " 1");
}

TEST_F(NumaTest, WithoutTheCgroupStageTheProgramRunsOnTheNodesCpus) {
  // Started on one CPU alone: the stage must widen that to the node's.
  const auto narrow = [] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof one, &one);
  };
  const Jailed jailed = start({"--pipeline", pipeline_without({"cgroup-v1"}), "--node", "0"}, {}, narrow);
  EXPECT_EQ(status_fields(jailed.pid())["Cpus_allowed_list"], node_cpus());
}

TEST_F(NumaTest, WithoutTheCgroupStageNoGroupIsMade) {
  const HostSnapshot before = snapshot();
  const Jailed jailed = start({"--pipeline", pipeline_without({"cgroup-v1"}), "--node", "0"});
  EXPECT_EQ(before.changes_to(snapshot()).find("+ cgroup "), std::string::npos);
}

TEST_F(NumaTest, WithoutANodeNothingIsBound) {
  const Jailed jailed = start({"--pipeline", pipeline_without({"cgroup-v1"})});
  EXPECT_EQ(jailed.report("memory-policy"), std::to_string(MPOL_DEFAULT) + " 0");
}

}  // namespace
}  // namespace jailrun::integration
