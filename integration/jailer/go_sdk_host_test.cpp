// SPDX-License-Identifier: Apache-2.0
// What a client of Firecracker asks of the host: namespaces, groups, the background, a program by its link.
#include "integration/jailer/go_sdk.hpp"
#include "integration/support/cgroups.hpp"
#include "integration/support/network.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

namespace jailrun::integration {
namespace {

using GoSdkHostTest = GoSdkTest;

// A node that no host has: for it the SDK asks for no cpuset.
const char* const kNoNode = "-node=4095";

std::string line_of(const std::string& file) {
  const std::string text = read_file(file);
  return text.substr(0, text.find('\n'));
}

// Waits for a machine in the background, which has become the tests' child.
int end_of(pid_t pid) {
  int status = -1;
  return waitpid(pid, &status, 0) == pid ? status : -1;
}

bool v2_carries(const std::string& controller) {
  if (v2_mount().empty()) return false;
  return (" " + line_of(v2_mount() + "/cgroup.controllers") + " ").find(" " + controller + " ") !=
         std::string::npos;
}

// The directory of a process's group in the hierarchy, of either version, that has this controller.
std::string group_directory(pid_t pid, const std::string& controller) {
  const std::string mount = v1_mount(controller);
  return mount.empty() ? v2_mount() + v2_group_of(pid) : mount + v1_group_of(pid, controller);
}

TEST_F(GoSdkHostTest, InANetworkNamespaceItsTapDeviceIsTheMachines) {
  const NetworkNamespace network(scratch("network"));
  const Outcome made = run({"nsenter", "--net=" + network.path(), "ip", "tuntap", "add", "name", "tap0",
                            "mode", "tap", "user", std::to_string(kUid)});
  ASSERT_TRUE(made.succeeded()) << made.text();
  const Machine machine(*this, {"-netns=" + network.path(), "-tap=tap0"});
  EXPECT_EQ(namespace_of(machine.pid(), "net"), network.name());
  EXPECT_EQ(given("interface"), (Strings{"lo", "tap0"}));
  EXPECT_TRUE(was_asked("204 PUT /network-interfaces/1"));
}

TEST_F(GoSdkHostTest, ADeviceThatItsNamespaceHasNotIsRefusedByTheProgram) {
  const NetworkNamespace network(scratch("network"));
  const Outcome outcome = run(client({"-netns=" + network.path(), "-tap=tap0"}));
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_TRUE(was_asked("400 PUT /network-interfaces/1")) << outcome.text();
  EXPECT_EQ(reported(outcome.out, "ended"), Strings{"signal: terminated"}) << outcome.text();
  remove_jail("jail", "fake-vmm");
}

TEST_F(GoSdkHostTest, InTheBackgroundTheMachineOutlivesItsClient) {
  Machine machine(*this, {"-daemonize"});
  EXPECT_EQ(machine.said("state"), "Running");
  machine.end(SIGKILL);
  const pid_t pid = recorded_pid();
  EXPECT_EQ(given("pid"), Strings{std::to_string(pid)});
  EXPECT_EQ(command_of(pid).substr(0, 9), "/fake-vmm");
  EXPECT_EQ(stat_fields(pid)[6], given("session").at(0));
  EXPECT_EQ(descriptors(pid)[1], "/dev/null");
  end_process(pid);
}

TEST_F(GoSdkHostTest, InTheBackgroundTheMachineEndsWhenItIsShutDown) {
  Machine machine(*this, {"-daemonize"});
  EXPECT_EQ(machine.end(SIGUSR1, "shutdown"), "well");
  EXPECT_EQ(end_of(recorded_pid()), 0);
}

TEST_F(GoSdkHostTest, ItsNodesProcessorsAndMemoryAreTheMachines) {
  const Machine machine(*this);
  const std::string group = group_directory(machine.pid(), "cpuset");
  EXPECT_NE(group.find("/fake-vmm/jail"), std::string::npos);
  EXPECT_EQ(line_of(group + "/cpuset.mems"), "0");
  EXPECT_EQ(line_of(group + "/cpuset.cpus"), line_of("/sys/devices/system/node/node0/cpulist"));
  EXPECT_EQ(line_of(group + "/cgroup.procs"), std::to_string(machine.pid()));
}

TEST_F(GoSdkHostTest, OfAValueThatIsGivenTwiceTheLastHolds) {
  const Machine machine(*this, {"-cgroup=pids.max=50", "-cgroup=pids.max=60"});
  const std::string group = group_directory(machine.pid(), "pids");
  EXPECT_NE(group.find("/fake-vmm/jail"), std::string::npos);
  EXPECT_EQ(line_of(group + "/pids.max"), "60");
}

TEST_F(GoSdkHostTest, InTheBackgroundItHasItsGroupsAndItsNetworkToo) {
  const NetworkNamespace network(scratch("network"));
  Machine machine(*this, {"-daemonize", "-netns=" + network.path()});
  const pid_t pid = recorded_pid();
  EXPECT_EQ(namespace_of(pid, "net"), network.name());
  EXPECT_EQ(line_of(group_directory(pid, "cpuset") + "/cgroup.procs"), std::to_string(pid));
  EXPECT_NE(group_directory(pid, "cpuset").find("/fake-vmm/jail"), std::string::npos);
  EXPECT_EQ(machine.end(SIGUSR1, "shutdown"), "well");
  EXPECT_EQ(end_of(pid), 0);
}

class GoSdkCgroupV2Test : public GoSdkTest {
 protected:
  void SetUp() override {
    GoSdkTest::SetUp();
    if (v2_mount().empty()) GTEST_SKIP() << "no hierarchy of version 2 is mounted on this host";
  }
};

TEST_F(GoSdkCgroupV2Test, AValueOfVersion2IsTheMachines) {
  const bool has_pids = v2_carries("pids");
  if (!has_pids && !v2_carries("hugetlb"))
    GTEST_SKIP() << "version 2 has neither pids nor hugetlb on this host";
  const std::string file = has_pids ? "pids.max" : "hugetlb.2MB.max";
  const std::string value = has_pids ? "50" : "4194304";
  const Machine machine(*this, {"-cgroup-version=2", kNoNode, "-cgroup=" + file + "=" + value});
  EXPECT_EQ(v2_group_of(machine.pid()), "/fake-vmm/jail");
  EXPECT_EQ(line_of(v2_mount() + "/fake-vmm/jail/" + file), value);
}

// The SDK asks for its node's cpuset in the version that it is given.
TEST_F(GoSdkCgroupV2Test, TheNodesValuesAreSetInVersion2) {
  if (!v2_carries("cpuset"))
    GTEST_SKIP() << "version 2 has no cpuset on this host: the next test runs instead";
  const Machine machine(*this, {"-cgroup-version=2"});
  EXPECT_EQ(v2_group_of(machine.pid()), "/fake-vmm/jail");
  EXPECT_EQ(line_of(v2_mount() + "/fake-vmm/jail/cpuset.mems"), "0");
}

TEST_F(GoSdkCgroupV2Test, TheClientIsToldWhereVersion2HasNoCpuset) {
  if (v2_carries("cpuset")) GTEST_SKIP() << "version 2 has cpuset on this host: the test above runs instead";
  const HostSnapshot before = snapshot();
  const Outcome outcome = run(client({"-cgroup-version=2"}));
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.err.find("no cgroup version 2 hierarchy on this host carries the controller 'cpuset'"),
            std::string::npos)
      << outcome.text();
  EXPECT_EQ(changes(before), "");
}

class GoSdkLinkTest : public GoSdkTest {
 protected:
  void SetUp() override {
    GoSdkTest::SetUp();
    std::filesystem::create_symlink(test_file("fake-vmm"), scratch("firecracker"));
  }
  std::string by_link() const { return "-exec-file=" + scratch("firecracker"); }
};

TEST_F(GoSdkLinkTest, ThePathsThatTheClientComputesFromALinkLeadToTheMachine) {
  const Machine machine(*this, {by_link()});
  EXPECT_EQ(machine.said("socket"), root("jail", "firecracker") + "/run/firecracker.socket");
  EXPECT_EQ(machine.said("state"), "Running");
  EXPECT_EQ(status_of(vmm_root() + "/vmlinux").st_ino, status_of(scratch("vmlinux")).st_ino);
  EXPECT_EQ(given("argument").at(0), "/fake-vmm");
}

TEST_F(GoSdkLinkTest, InTheBackgroundToo) {
  Machine machine(*this, {by_link(), "-daemonize"});
  EXPECT_EQ(machine.said("state"), "Running");
  EXPECT_EQ(machine.end(SIGUSR1, "shutdown"), "well");
  EXPECT_EQ(end_of(recorded_pid()), 0);
}

TEST_F(GoSdkLinkTest, BothNamesGoWithTheJail) {
  { const Machine machine(*this, {by_link()}); }
  EXPECT_EQ(list(base()), "");
}

}  // namespace
}  // namespace jailrun::integration
