// SPDX-License-Identifier: Apache-2.0
// Which devices a program can open, by the kernel's word; and that no program for devices is left behind.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <algorithm>

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

long bpf(int command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

// All programs of the kernel's.
std::vector<uint32_t> programs() {
  std::vector<uint32_t> ids;
  bpf_attr attributes{};
  while (bpf(BPF_PROG_GET_NEXT_ID, attributes) == 0) {
    ids.push_back(attributes.next_id);
    attributes.start_id = attributes.next_id;
  }
  return ids;
}

// Those that a group has of its own, or -1.
int programs_of(const std::string& group, std::vector<uint32_t>* ids = nullptr) {
  const int fd = open(group.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::vector<uint32_t> found(64);
  bpf_attr attributes{};
  attributes.query.target_fd = static_cast<uint32_t>(fd);
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = reinterpret_cast<uintptr_t>(found.data());
  attributes.query.prog_cnt = static_cast<uint32_t>(found.size());
  const bool is_told = bpf(BPF_PROG_QUERY, attributes) == 0;
  if (fd >= 0) close(fd);
  found.resize(is_told ? attributes.query.prog_cnt : 0);
  if (ids != nullptr) *ids = found;
  return is_told ? static_cast<int>(found.size()) : -1;
}

// A program that allows everything, or nothing, on a group.
void attach(const std::string& group, int answer, uint32_t flags) {
  bpf_insn instructions[2] = {};
  instructions[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  instructions[0].imm = answer;
  instructions[1].code = BPF_JMP | BPF_EXIT;
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insn_cnt = 2;
  load.insns = reinterpret_cast<uintptr_t>(instructions);
  load.license = reinterpret_cast<uintptr_t>("Apache-2.0");
  const int program = static_cast<int>(bpf(BPF_PROG_LOAD, load));
  const int fd = open(group.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bpf_attr attributes{};
  attributes.target_fd = static_cast<uint32_t>(fd);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = flags;
  EXPECT_EQ(bpf(BPF_PROG_ATTACH, attributes), 0) << group;
  close(program);
  close(fd);
}

class DeviceAccessTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    if (v2_mount().empty()) GTEST_SKIP() << "no hierarchy of version 2 is mounted on this host";
    if (programs_of(v2_mount()) < 0) GTEST_SKIP() << "this kernel has no programs for the devices of cgroups";
    before_ = programs();
  }
  void TearDown() override {
    EXPECT_TRUE(IsSkipped() || is_as_before()) << "a program for devices is left";
    JailTest::TearDown();
  }
  // The kernel frees a program a while after its group is gone.
  bool is_as_before() const {
    for (int tries = 0; tries < 200; ++tries) {
      if (programs() == before_) return true;
      usleep(10000);
    }
    return false;
  }
  // default.conf with these before and after its devices.
  Strings with(const std::string& settings, const std::string& before = "[dev]\n",
               const Strings& more = {}) const {
    std::string text = with_section_before(read_file(pipeline("default.conf")), "devices", before);
    write_file(scratch("some.conf"), with_section_before(text, "drop-privs", "[device-access]\n" + settings));
    Strings options = {"--pipeline", scratch("some.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  Strings tried(const Strings& options, const Strings& words) {
    Strings arguments;
    for (const std::string& word : words) arguments.insert(arguments.end(), {"--try", word});
    const Outcome outcome = launch_and_remove(options, arguments);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    Strings answers;
    for (const std::string& one : reported(outcome.out, "try"))
      answers.push_back(one.substr(one.rfind(' ') + 1));
    return answers;
  }
  std::string group() const { return v2_mount() + "/probe/jail"; }

 private:
  std::vector<uint32_t> before_;
};

// A node that no stage names: a caller's, in the root.
TEST_F(DeviceAccessTest, TheProgramCanUseItsNodesAndNoOthers) {
  const auto prefill_node = [this] {
    const std::string node = prefill() + "/zero";
    EXPECT_EQ(mknod(node.c_str(), S_IFCHR | 0666, makedev(1, 5)), 0);
    EXPECT_EQ(chmod(node.c_str(), 0666), 0);
  };
  const std::string dev = "[dev]\ndev-nodes = null\n";
  prefill_node();
  EXPECT_EQ(tried(with("", dev), {"write:/dev/null", "read:/dev/ptmx", "read:/zero", "write:/zero"}),
            (Strings{"yes", "yes", "EPERM", "EPERM"}));
  prefill_node();
  EXPECT_EQ(tried(with("device-rule = c 1:5 r\n", dev), {"read:/zero", "write:/zero"}),
            (Strings{"yes", "EPERM"}));
  remove_prefilled();
}

TEST_F(DeviceAccessTest, StrictAllowsRulesAlone) {
  EXPECT_EQ(tried(with("device-policy = strict\ndevice-rule = /dev/null rw\n"),
                  {"read:/dev/null", "write:/dev/null", "read:/dev/zero"}),
            (Strings{"yes", "yes", "EPERM"}));
}

TEST_F(DeviceAccessTest, RootCanMakeNoNodes) {
  const Strings roots = {"--uid", "0", "--gid", "0"};
  EXPECT_EQ(tried(with("", "[dev]\n", roots), {"node:/x c 1:11", "node:/y b 7:0"}),
            (Strings{"EPERM", "EPERM"}));
  EXPECT_EQ(tried(with("device-rule = c *:* m\n", "[dev]\n", roots),
                  {"node:/x c 1:11", "read:/x", "node:/y b 7:0"}),
            (Strings{"yes", "EPERM", "EPERM"}));
}

TEST_F(DeviceAccessTest, ADaemonIsLimitedToo) {
  const Jailed jailed = start_daemon(with(""));
  EXPECT_EQ(v2_group_of(jailed.pid()), "/probe/jail");
  EXPECT_EQ(programs_of(group()), 1);
}

TEST_F(DeviceAccessTest, AFailedExecLeavesNothing) {
  for (const Strings& more : {Strings{}, Strings{"--daemonize"}}) {
    Strings options = with("", "[dev]\n", more);
    options.insert(options.end(), {"--exec-file", broken_program()});
    refusal(options);
    EXPECT_TRUE(is_as_before());
  }
}

TEST_F(DeviceAccessTest, AGroupThatWasThereStaysWithWhatItHad) {
  ASSERT_EQ(mkdir((v2_mount() + "/probe").c_str(), 0755), 0);
  ASSERT_EQ(mkdir(group().c_str(), 0755), 0);
  attach(group(), 1, BPF_F_ALLOW_MULTI);
  std::vector<uint32_t> own;
  EXPECT_EQ(programs_of(group(), &own), 1);
  {
    const Jailed jailed = start(with(""));
    EXPECT_EQ(programs_of(group()), 2);
  }
  std::vector<uint32_t> left;
  EXPECT_EQ(programs_of(group(), &left), 1);
  EXPECT_EQ(left, own);
  EXPECT_EQ(rmdir(group().c_str()), 0);
  EXPECT_EQ(rmdir((v2_mount() + "/probe").c_str()), 0);
}

// As systemd attaches its own to a unit's group.
TEST_F(DeviceAccessTest, WhatTheGroupAboveForbidsStaysForbidden) {
  const std::string unit = v2_mount() + "/unit";
  ASSERT_EQ(mkdir(unit.c_str(), 0755), 0);
  attach(unit, 0, BPF_F_ALLOW_MULTI);
  EXPECT_EQ(
      tried(with("device-rule = a *:* rw\n", "[dev]\n", {"--parent-cgroup", "unit"}), {"read:/dev/null"}),
      (Strings{"EPERM"}));
  EXPECT_EQ(rmdir(unit.c_str()), 0);
}

TEST_F(DeviceAccessTest, WhereTheGroupAboveCouldBeOverriddenTheLaunchIsRefused) {
  const std::string unit = v2_mount() + "/unit";
  ASSERT_EQ(mkdir(unit.c_str(), 0755), 0);
  attach(unit, 0, BPF_F_ALLOW_OVERRIDE);
  const std::string sentence = refusal(with("", "[dev]\n", {"--parent-cgroup", "unit"}));
  EXPECT_NE(sentence.find("attached to a group above would not stay in force"), std::string::npos)
      << sentence;
  EXPECT_EQ(rmdir(unit.c_str()), 0);
}

TEST_F(DeviceAccessTest, OtherJailsAreNotLimited) {
  const Jailed limited = start(with("device-policy = strict\n", "[dev]\n", {"--id", "one"}));
  EXPECT_EQ(tried({"--pipeline", pipeline_with("[dev]\n", "devices")}, {"read:/dev/null"}), (Strings{"yes"}));
}

}  // namespace
}  // namespace jailrun::integration
