// SPDX-License-Identifier: Apache-2.0
#include "core/stages/cgroup_requests.hpp"

#include "core/base/message.hpp"
#include "tests/support/cgroup_host_double.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::core {
namespace {

// Hierarchies that are plain directories: cpuset with values at its top, memory, and cpu and cpuacct in one.
class Requests : public testing::Test {
 protected:
  Requests() {
    for (const char* hierarchy : {"cpuset", "memory", "cpu,cpuacct"}) mounts_.directory(hierarchy);
    mounts_.file("cpuset/cpuset.cpus", "0-7\n");
    mounts_.file("cpuset/cpuset.mems", "0\n");
  }

  std::string add(const std::string& group, const std::string& file, const std::string& value,
                  bool is_default = false, uint32_t version = 0) {
    const Result<void> added = requests_.add({"stage", group, file, value, version, is_default});
    return added ? "" : message(added.error());
  }
  std::string actions() const {
    std::string text;
    Plan plan;
    if (const Result<void> appended = requests_.append_to(plan); !appended) return message(appended.error());
    plan.each([&](const Action& action) {
      std::string object = action.object();
      if (object.compare(0, mounts_.path().size(), mounts_.path()) == 0)
        object.erase(0, mounts_.path().size());
      text.append(action.verb()).append(" ").append(object).append("\n");
    });
    return text;
  }

  tests::TempDirectory mounts_;
  tests::CgroupHostDouble host_{{{"cpuset", {1, mounts_ / "cpuset"}},
                                 {"memory", {1, mounts_ / "memory"}},
                                 {"cpu", {1, mounts_ / "cpu,cpuacct"}},
                                 {"cpuacct", {1, mounts_ / "cpu,cpuacct"}},
                                 {"io", {2, mounts_ / "v2"}},
                                 {"pids", {2, mounts_ / "v2"}},
                                 {"cgroup", {2, mounts_ / "v2"}}}};
  CgroupRequests requests_{host_};
};

TEST_F(Requests, AreEmptyUntilOneIsMade) {
  EXPECT_TRUE(requests_.empty());
  EXPECT_EQ(actions(), "");
  EXPECT_EQ(add("a", "memory.x", "1"), "");
  EXPECT_FALSE(requests_.empty());
}

TEST_F(Requests, MakeGroupsFromTheTopWriteAndJoin) {
  add("a/b", "memory.x", "1");
  EXPECT_EQ(actions(),
            "cgroup /memory/a\n"
            "cgroup /memory/a/b\n"
            "cgroup-value /memory/a/b/memory.x = 1\n"
            "open-cgroup /memory/a/b\n"
            "join-cgroup /memory/a/b\n");
}

TEST_F(Requests, OfTwoControllersInOneHierarchyMakeOneGroup) {
  add("a", "cpu.shares", "5");
  add("a", "cpuacct.usage", "0");
  EXPECT_EQ(actions(),
            "cgroup /cpu,cpuacct/a\n"
            "cgroup-value /cpu,cpuacct/a/cpu.shares = 5\n"
            "cgroup-value /cpu,cpuacct/a/cpuacct.usage = 0\n"
            "open-cgroup /cpu,cpuacct/a\n"
            "join-cgroup /cpu,cpuacct/a\n");
}

TEST_F(Requests, OfTwoHierarchiesAreKeptApart) {
  add("a", "memory.x", "1");
  add("b", "cpu.x", "2");
  add("a", "memory.y", "3");
  EXPECT_EQ(actions(),
            "cgroup /memory/a\n"
            "cgroup-value /memory/a/memory.x = 1\n"
            "cgroup-value /memory/a/memory.y = 3\n"
            "open-cgroup /memory/a\n"
            "cgroup /cpu,cpuacct/b\n"
            "cgroup-value /cpu,cpuacct/b/cpu.x = 2\n"
            "open-cgroup /cpu,cpuacct/b\n"
            "join-cgroup /memory/a\n"
            "join-cgroup /cpu,cpuacct/b\n");
}

TEST_F(Requests, AJailIsInOneGroupOfAHierarchy) {
  EXPECT_EQ(add("a", "cpu.x", "1"), "");
  EXPECT_EQ(add("b", "cpuacct.x", "1"), "the jail can't be in two groups of one hierarchy: a and b");
}

TEST_F(Requests, TheLastValueOfAFileWinsAtTheFirstOnesPlace) {
  add("a", "memory.x", "1");
  add("a", "memory.y", "2");
  add("a", "memory.x", "3");
  EXPECT_EQ(actions(),
            "cgroup /memory/a\n"
            "cgroup-value /memory/a/memory.x = 3\n"
            "cgroup-value /memory/a/memory.y = 2\n"
            "open-cgroup /memory/a\n"
            "join-cgroup /memory/a\n");
}

TEST_F(Requests, ADefaultYieldsToAnyOtherValueWhicheverComesFirst) {
  add("a", "memory.x", "default", true);
  add("a", "memory.x", "given");
  EXPECT_NE(actions().find("memory.x = given"), std::string::npos);
  add("a", "memory.y", "given");
  add("a", "memory.y", "default", true);
  EXPECT_NE(actions().find("memory.y = given"), std::string::npos);
}

TEST_F(Requests, OfTwoDefaultsTheLastWins) {
  add("a", "memory.x", "first", true);
  add("a", "memory.x", "last", true);
  EXPECT_NE(actions().find("memory.x = last"), std::string::npos);
}

TEST_F(Requests, ANewCpusetInheritsWhatItIsNotGiven) {
  add("a/b", "cpuset.cpus", "3");
  EXPECT_EQ(actions(),
            "cgroup /cpuset/a\n"
            "cgroup-value /cpuset/a/cpuset.cpus = 0-7  (inherited)\n"
            "cgroup-value /cpuset/a/cpuset.mems = 0  (inherited)\n"
            "cgroup /cpuset/a/b\n"
            "cgroup-value /cpuset/a/b/cpuset.mems = 0  (inherited)\n"
            "cgroup-value /cpuset/a/b/cpuset.cpus = 3\n"
            "open-cgroup /cpuset/a/b\n"
            "join-cgroup /cpuset/a/b\n");
}

TEST_F(Requests, AGroupThatHasItsValuesKeepsThem) {
  mounts_.directory("cpuset/a");
  mounts_.file("cpuset/a/cpuset.cpus", "2-3\n");
  mounts_.file("cpuset/a/cpuset.mems", "0\n");
  add("a/b", "cpuset.cpus", "3");
  EXPECT_EQ(actions().find("/cpuset/a/cpuset"), std::string::npos) << actions();
}

TEST_F(Requests, AGroupInheritsFromTheNearestGroupThatHasAValue) {
  mounts_.directory("cpuset/a");
  mounts_.file("cpuset/a/cpuset.cpus", "2-3\n");
  mounts_.file("cpuset/a/cpuset.mems", "\n");
  add("a/b", "cpuset.x", "1");
  EXPECT_EQ(actions(),
            "cgroup /cpuset/a\n"
            "cgroup-value /cpuset/a/cpuset.mems = 0  (inherited)\n"
            "cgroup /cpuset/a/b\n"
            "cgroup-value /cpuset/a/b/cpuset.cpus = 2-3  (inherited)\n"
            "cgroup-value /cpuset/a/b/cpuset.mems = 0  (inherited)\n"
            "cgroup-value /cpuset/a/b/cpuset.x = 1\n"
            "open-cgroup /cpuset/a/b\n"
            "join-cgroup /cpuset/a/b\n");
}

TEST_F(Requests, NothingButCpusetsInherits) {
  add("a", "memory.x", "1");
  EXPECT_EQ(actions().find("inherited"), std::string::npos);
}

TEST_F(Requests, AnUnknownControllerIsRefused) {
  EXPECT_EQ(add("a", "colour.x", "1"),
            "no cgroup hierarchy on this host carries the controller 'colour' (for colour.x)");
  EXPECT_EQ(add("a", "colour.x", "1", false, 1),
            "no cgroup version 1 hierarchy on this host carries the controller 'colour' (for colour.x)");
}

TEST_F(Requests, AControllerOfVersion2IsHandedDownToTheGroup) {
  EXPECT_EQ(add("a/b", "io.max", "8:16 rbps=1"), "");
  EXPECT_EQ(actions(),
            "cgroup-hand-down /v2/cgroup.subtree_control = +io\n"
            "cgroup /v2/a\n"
            "cgroup-hand-down /v2/a/cgroup.subtree_control = +io\n"
            "cgroup /v2/a/b\n"
            "cgroup-value /v2/a/b/io.max = 8:16 rbps=1\n"
            "open-cgroup /v2/a/b\n"
            "join-cgroup /v2/a/b\n");
}

TEST_F(Requests, ControllersThatAreHandedDownAlreadyAreLeftAlone) {
  mounts_.directory("v2");
  mounts_.file("v2/cgroup.subtree_control", "io memory\n");
  add("a", "io.max", "1");
  EXPECT_EQ(actions().find("cgroup /v2/a\n"), 0U) << actions();
  add("a", "pids.max", "1");
  EXPECT_EQ(actions().find("cgroup-hand-down /v2/cgroup.subtree_control = +pids\n"), 0U) << actions();
}

TEST_F(Requests, AFileOfVersion2ItselfNeedsNoController) {
  EXPECT_EQ(add("a", "cgroup.max.depth", "1", false, 2), "");
  EXPECT_EQ(actions(),
            "cgroup /v2/a\n"
            "cgroup-value /v2/a/cgroup.max.depth = 1\n"
            "open-cgroup /v2/a\n"
            "join-cgroup /v2/a\n");
}

TEST_F(Requests, AGroupIsOnlyJoinedWhereItIsThere) {
  mounts_.directory("v2");
  mounts_.directory("v2/there");
  ASSERT_TRUE(requests_.add({"stage", "missing", "", "", 2, false, true}));
  EXPECT_TRUE(requests_.empty());
  ASSERT_TRUE(requests_.add({"stage", "there", "", "", 2, false, true}));
  EXPECT_EQ(actions(),
            "open-cgroup /v2/there\n"
            "join-cgroup /v2/there\n");
}

TEST_F(Requests, AControllerOfTheOtherVersionIsRefused) {
  EXPECT_EQ(add("a", "io.max", "1", false, 1),
            "no cgroup version 1 hierarchy on this host carries the controller 'io' (for io.max)");
  EXPECT_EQ(add("a", "memory.max", "1", false, 2),
            "no cgroup version 2 hierarchy on this host carries the controller 'memory' (for memory.max)");
}

TEST_F(Requests, AFileHasAControllerAndNoSlash) {
  for (const char* file : {"", "tasks", ".x", "cpuset.cpus/x", "../cpuset.cpus"})
    EXPECT_EQ(add("a", file, "1"),
              "'" + std::string(file) + "' is not a controller's file, such as cpuset.cpus");
}

}  // namespace
}  // namespace jailrun::core
