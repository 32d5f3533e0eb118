// SPDX-License-Identifier: Apache-2.0
// cgroup-v1 and numa: what they ask for, and what is made of it where both speak of the same files.
#include "tests/support/cgroup_host_double.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace jailrun::tests {
namespace {

// Hierarchies at /v1/cpuset and /v1/memory, whatever the host has; no such directories are there, so
// all is unset.
class CgroupStages : public testing::Test {
 protected:
  Launch launch() const { return Launch().on(host_); }
  std::string plan(const std::vector<std::string>& values, const std::string& stage = "cgroup-v1") const {
    Launch launch = this->launch();
    for (const std::string& value : values) launch.add("cgroup", value);
    return launch.plan_of(stage);
  }
  CgroupHostDouble host_{{{"cpuset", {1, "/v1/cpuset"}}, {"memory", {1, "/v1/memory"}}, {"io", {2, "/v2"}}}};
};

TEST_F(CgroupStages, WithoutValuesNoGroupIsMade) { EXPECT_EQ(plan({}), ""); }

TEST_F(CgroupStages, AValueMakesTheGroupsAndJoinsTheLast) {
  EXPECT_EQ(plan({"memory.limit_in_bytes=512M"}),
            "prepare cgroup /v1/memory/vmm\n"
            "prepare cgroup /v1/memory/vmm/web-1\n"
            "prepare cgroup-value /v1/memory/vmm/web-1/memory.limit_in_bytes = 512M\n"
            "prepare open-cgroup /v1/memory/vmm/web-1\n"
            "enter join-cgroup /v1/memory/vmm/web-1\n");
}

TEST_F(CgroupStages, AValueIsSplitAtItsFirstEqualsSign) {
  EXPECT_NE(plan({"memory.x=8:16 rbps=1"}).find("cgroup-value /v1/memory/vmm/web-1/memory.x = 8:16 rbps=1\n"),
            std::string::npos);
}

TEST_F(CgroupStages, WithoutFileOrValueItIsRefused) {
  for (const char* wrong : {"memory.x", "=1", "memory.x=", ""})
    EXPECT_EQ(plan({wrong}),
              "refused: stage cgroup-v1: --cgroup: '" + std::string(wrong) + "' is not FILE=VALUE\n");
}

TEST_F(CgroupStages, AFileIsAControllersOwn) {
  for (const char* wrong : {"tasks", ".x", "memory/../x.y"})
    EXPECT_EQ(plan({std::string(wrong) + "=1"}), "refused: stage cgroup-v1: '" + std::string(wrong) +
                                                     "' is not a controller's file, such as cpuset.cpus\n");
}

TEST_F(CgroupStages, AnUnknownControllerIsRefused) {
  EXPECT_EQ(plan({"colour.x=1"}),
            "refused: stage cgroup-v1: no cgroup version 1 hierarchy on this host carries the controller "
            "'colour' (for colour.x)\n");
}

TEST_F(CgroupStages, AValueForVersion1IsSetThroughVersion2WhereTheHostHasNoOther) {
  EXPECT_EQ(plan({"io.weight=100"}),
            "prepare cgroup-hand-down /v2/cgroup.subtree_control = +io\n"
            "prepare cgroup /v2/vmm\n"
            "prepare cgroup-hand-down /v2/vmm/cgroup.subtree_control = +io\n"
            "prepare cgroup /v2/vmm/web-1\n"
            "prepare cgroup-value /v2/vmm/web-1/io.weight = 100\n"
            "prepare open-cgroup /v2/vmm/web-1\n"
            "enter join-cgroup /v2/vmm/web-1\n");
}

TEST_F(CgroupStages, ThenVersion1NamesBecomeThoseOfVersion2) {
  host_ = CgroupHostDouble(
      {{"memory", {2, "/v2"}}, {"cpu", {2, "/v2"}}, {"cpuset", {2, "/v2"}}, {"cgroup", {2, "/v2"}}});
  const std::string text = plan({"memory.limit_in_bytes=512M", "cpu.shares=1024", "cpuset.cpus=0-1"});
  for (const char* value : {"memory.max = 512M", "cpu.weight = 39", "cpuset.cpus = 0-1"})
    EXPECT_NE(text.find("cgroup-value /v2/vmm/web-1/" + std::string(value) + "\n"), std::string::npos)
        << text;
  EXPECT_NE(plan({"memory.limit_in_bytes=-1"}).find("memory.max = max\n"), std::string::npos);
  EXPECT_NE(plan({"cpu.shares=2"}).find("cpu.weight = 1\n"), std::string::npos);
  EXPECT_NE(plan({"cpu.shares=262144"}).find("cpu.weight = 10000\n"), std::string::npos);
  EXPECT_NE(plan({"cpu.shares=9999999"}).find("cpu.weight = 10000\n"), std::string::npos);
}

// Both stages in one pipeline, as in firecracker.conf.
std::string both_versions() {
  return "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[cgroup-v1]\n[cgroup-v2]\n[drop-privs]\n"
         "[exec]\n";
}

TEST_F(CgroupStages, OfBothStagesTheOneOfTheChosenVersionActs) {
  EXPECT_EQ(launch().pipeline(both_versions()).add("cgroup", "memory.x=1").plan_of("cgroup-v2"), "");
  Launch two = launch();
  two.pipeline(both_versions()).set("cgroup-version", "2").add("cgroup", "io.max=8:16 rbps=1");
  EXPECT_EQ(two.plan_of("cgroup-v1"), "");
  EXPECT_NE(two.plan_of("cgroup-v2").find("cgroup-value /v2/vmm/web-1/io.max = 8:16 rbps=1\n"),
            std::string::npos);
}

TEST_F(CgroupStages, Version2IsNotSoughtInVersion1) {
  EXPECT_EQ(
      launch().pipeline(both_versions()).set("cgroup-version", "2").add("cgroup", "memory.max=1").plan(),
      "refused: stage cgroup-v2: no cgroup version 2 hierarchy on this host carries the controller "
      "'memory' (for memory.max)\n");
}

TEST_F(CgroupStages, AVersionIsOneOrTwo) {
  EXPECT_EQ(launch().pipeline(both_versions()).set("cgroup-version", "3").plan(),
            "refused: --cgroup-version: '3' is out of range: 1 to 2\n");
}

TEST_F(CgroupStages, TheSameFileAgainTheLastValueWins) {
  EXPECT_EQ(plan({"memory.x=1", "memory.y=2", "memory.x=3"}),
            "prepare cgroup /v1/memory/vmm\n"
            "prepare cgroup /v1/memory/vmm/web-1\n"
            "prepare cgroup-value /v1/memory/vmm/web-1/memory.x = 3\n"
            "prepare cgroup-value /v1/memory/vmm/web-1/memory.y = 2\n"
            "prepare open-cgroup /v1/memory/vmm/web-1\n"
            "enter join-cgroup /v1/memory/vmm/web-1\n");
}

TEST_F(CgroupStages, TheParentGroupIsTheOneThatIsGiven) {
  EXPECT_EQ(launch()
                .add("cgroup", "memory.x=1")
                .set("parent-cgroup", "vms/web")
                .plan_of("cgroup-v1")
                .find("prepare cgroup /v1/memory/vms\n"
                      "prepare cgroup /v1/memory/vms/web\n"
                      "prepare cgroup /v1/memory/vms/web/web-1\n"),
            0U);
}

TEST_F(CgroupStages, AnEmptyParentMeansDirectlyBelowTheHierarchy) {
  EXPECT_EQ(launch()
                .add("cgroup", "memory.x=1")
                .set("parent-cgroup", "")
                .plan_of("cgroup-v1")
                .find("prepare cgroup /v1/memory/web-1\n"
                      "prepare cgroup-value /v1/memory/web-1/memory.x = 1\n"),
            0U);
}

TEST_F(CgroupStages, AParentThatLeavesTheHierarchyIsRefused) {
  for (const char* wrong : {"/vms", "..", "vms/..", "vms/../x", "vms//x", "vms/", "."})
    EXPECT_EQ(launch().set("parent-cgroup", wrong).plan(),
              "refused: stage cgroup-v1: --parent-cgroup: '" + std::string(wrong) +
                  "' must be relative, without empty, '.' or '..' components\n");
}

// numa: node 0 is on every host whose kernel knows nodes at all; its CPUs are the host's own. The cpuset
// hierarchy is a directory beside the test's program, so plans show it below TMP.
class Numa : public testing::Test {
 protected:
  Numa() {
    std::filesystem::create_directory(mount_);
    std::ofstream(mount_ + "/cpuset.cpus") << "0-7\n";
    std::ofstream(mount_ + "/cpuset.mems") << "0-1\n";
  }
  ~Numa() override { std::filesystem::remove_all(mount_); }
  static std::string cpus_of_node_0() {
    std::string list = read_file("/sys/devices/system/node/node0/cpulist");
    if (!list.empty() && list.back() == '\n') list.pop_back();
    return list;
  }
  void SetUp() override {
    if (cpus_of_node_0().empty()) GTEST_SKIP() << "this kernel has no NUMA node 0 in /sys";
  }

  Launch launch() const { return Launch().on(host_); }

  std::string mount_ = program().substr(0, program().rfind('/')) + "/cpuset";
  CgroupHostDouble host_{{{"cpuset", {1, mount_}}}};
};

TEST_F(CgroupStages, WithoutANodeNumaPlansNothing) { EXPECT_EQ(plan({}, "numa"), ""); }

TEST_F(CgroupStages, ANodeThatDoesNotExistIsRefused) {
  EXPECT_EQ(launch()
                .set("node", "1023")
                .plan()
                .find("refused: stage numa: --node: node 1023 does not exist on this host, which has "),
            0U);
}

TEST_F(CgroupStages, ANodeBeyondTheKernelsLargestIsRefused) {
  EXPECT_EQ(launch().set("node", "1024").plan(), "refused: --node: '1024' is out of range: 0 to 1023\n");
}

TEST_F(Numa, ANodeIsACpusetWhereThereIsOne) {
  const std::string cpus = cpus_of_node_0();
  EXPECT_EQ(launch().set("node", "0").plan_of("numa"),
            "prepare cgroup TMP/cpuset/vmm\n"
            "prepare cgroup-value TMP/cpuset/vmm/cpuset.cpus = 0-7  (inherited)\n"
            "prepare cgroup-value TMP/cpuset/vmm/cpuset.mems = 0-1  (inherited)\n"
            "prepare cgroup TMP/cpuset/vmm/web-1\n"
            "prepare cgroup-value TMP/cpuset/vmm/web-1/cpuset.cpus = " +
                cpus +
                "\n"
                "prepare cgroup-value TMP/cpuset/vmm/web-1/cpuset.mems = 0\n"
                "prepare open-cgroup TMP/cpuset/vmm/web-1\n"
                "enter join-cgroup TMP/cpuset/vmm/web-1\n");
}

TEST_F(Numa, ANodeIsACpusetOfVersion2WhereTheHostHasThat) {
  host_ = CgroupHostDouble({{"cpuset", {2, "/v2"}}, {"cgroup", {2, "/v2"}}});
  const std::string plan = launch().set("node", "0").plan_of("numa");
  EXPECT_NE(plan.find("cgroup-value /v2/vmm/web-1/cpuset.mems = 0\n"), std::string::npos) << plan;
  EXPECT_NE(plan.find("cgroup-value /v2/vmm/web-1/cpuset.cpus = " + cpus_of_node_0() + "\n"),
            std::string::npos);
}

TEST_F(Numa, WhatTheCgroupOptionSaysOfTheSameFileWins) {
  Launch launch = this->launch();
  launch.set("node", "0").add("cgroup", "cpuset.cpus=0");
  const std::string plan = launch.plan();
  EXPECT_NE(plan.find("cgroup-v1: cgroup-value TMP/cpuset/vmm/web-1/cpuset.cpus = 0\n"), std::string::npos)
      << plan;
  EXPECT_NE(plan.find("numa: cgroup-value TMP/cpuset/vmm/web-1/cpuset.mems = 0\n"), std::string::npos)
      << plan;
  EXPECT_EQ(plan.find("numa: cgroup-value TMP/cpuset/vmm/web-1/cpuset.cpus"), std::string::npos) << plan;
}

TEST_F(Numa, ANodeIsMemoryPolicyAndAffinityWhereThereIsNoCpuset) {
  host_ = CgroupHostDouble();
  EXPECT_EQ(launch().set("node", "0").plan_of("numa"), "enter numa node 0, CPUs " + cpus_of_node_0() + "\n");
}

TEST_F(Numa, ANodeIsMemoryPolicyAndAffinityWithoutTheCgroupStage) {
  EXPECT_EQ(
      launch()
          .set("node", "0")
          .pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[numa]\n[drop-privs]\n[exec]\n")
          .plan_of("numa"),
      "enter numa node 0, CPUs " + cpus_of_node_0() + "\n");
}

}  // namespace
}  // namespace jailrun::tests
