// SPDX-License-Identifier: Apache-2.0
// What a client of Firecracker relies on, from the launch to the end.
#include "integration/jailer/go_sdk.hpp"

#include <cerrno>
#include <cstring>
#include <list>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>

namespace jailrun::integration {
namespace {

// "yes", or why not: whether this host has the device.
std::string here(const std::string& device) {
  const int fd = open(device.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return strerrorname_np(errno);
  close(fd);
  return "yes";
}

TEST_F(GoSdkTest, AMachineStartsAndAnswers) {
  const Machine machine(*this);
  EXPECT_EQ(machine.said("socket"), vmm_root() + "/run/firecracker.socket");
  EXPECT_EQ(machine.said("id"), "jail");
  EXPECT_EQ(machine.said("state"), "Running");
  EXPECT_EQ(machine.said("metadata"), "hello");
}

TEST_F(GoSdkTest, EachRequestReachesTheProgram) {
  const Machine machine(*this, {"-drive=" + scratch("disk-2"), "-initrd=" + scratch("initrd")});
  Strings answered = asked();
  // The SDK asks for it until the socket answers.
  answered.erase(std::remove(answered.begin(), answered.end(), "200 GET /machine-config"), answered.end());
  EXPECT_EQ(answered, (Strings{"204 PUT /machine-config", "204 PUT /boot-source", "204 PUT /drives/1",
                               "204 PUT /drives/2", "204 PUT /actions", "200 GET /", "204 PUT /mmds",
                               "200 GET /mmds"}));
}

TEST_F(GoSdkTest, KernelAndDrivesAreLinkedIntoTheJail) {
  const Machine machine(*this, {"-drive=" + scratch("disk-2"), "-initrd=" + scratch("initrd")});
  EXPECT_EQ(machine.said("kernel"), "vmlinux");
  EXPECT_EQ(machine.said("drive"), "disk-1");
  for (const char* name : {"vmlinux", "initrd", "disk-1", "disk-2"}) {
    EXPECT_EQ(status_of(vmm_root() + "/" + name).st_ino, status_of(scratch(name)).st_ino) << name;
    EXPECT_EQ(status_of(scratch(name)).st_nlink, 2U) << name;
  }
}

TEST_F(GoSdkTest, RemovingTheJailRemovesTheLinksAlone) {
  { const Machine machine(*this); }
  for (const char* name : {"vmlinux", "disk-1"}) {
    EXPECT_EQ(status_of(scratch(name)).st_nlink, 1U) << name;
    EXPECT_EQ(read_file(scratch(name)), name);
  }
}

TEST_F(GoSdkTest, TheProcessThatTheClientStartedIsTheProgram) {
  const Machine machine(*this);
  EXPECT_EQ(given("pid"), Strings{std::to_string(machine.pid())});
  EXPECT_EQ(recorded_pid(), machine.pid());
  EXPECT_EQ(stat_fields(machine.pid())[4], std::to_string(machine.client_pid()));
}

TEST_F(GoSdkTest, TheProgramsArgumentsAreThoseThatFirecrackerTakes) {
  const Machine machine(*this);
  Strings arguments = given("argument");
  ASSERT_EQ(arguments.size(), 12U);
  for (const size_t time : {4U, 6U, 8U}) {
    EXPECT_EQ(arguments[time].find_first_not_of("0123456789"), std::string::npos) << arguments[time];
    arguments[time] = "N";
  }
  EXPECT_EQ(arguments,
            (Strings{"/fake-vmm", "--id", "jail", "--start-time-us", "N", "--start-time-cpu-us", "N",
                     "--parent-cpu-time-us", "N", "--no-seccomp", "--api-sock", "/run/firecracker.socket"}));
}

TEST_F(GoSdkTest, TheProgramHasItsUserAndItsDevicesAndNothingOfTheClients) {
  const Machine machine(*this);
  EXPECT_EQ(given("uid"), Strings{"1234 1234 1234"});
  EXPECT_EQ(given("gid"), Strings{"4321 4321 4321"});
  EXPECT_EQ(given("groups"), Strings{"0"});
  EXPECT_EQ(given("cwd"), Strings{"/"});
  EXPECT_EQ(given("environment"), Strings{});
  EXPECT_EQ(given("fd").size(), 3U);
  EXPECT_EQ(given("limit-nofile"), Strings{"2048"});
  EXPECT_EQ(given("open"), (Strings{"/dev/kvm " + here("/dev/kvm"), "/dev/net/tun " + here("/dev/net/tun")}));
}

TEST_F(GoSdkTest, StoppedItEndsByTheClientsSignal) {
  Machine machine(*this);
  EXPECT_EQ(machine.end(), "signal: terminated");
}

TEST_F(GoSdkTest, ShutDownFromInsideItEndsWell) {
  Machine machine(*this, {"-end=shutdown"});
  EXPECT_EQ(machine.end(), "well");
}

TEST_F(GoSdkTest, CancelledItIsGone) {
  Machine machine(*this, {"-end=cancel"});
  EXPECT_EQ(machine.end().substr(0, 8), "signal: ");
  EXPECT_FALSE(exists("/proc/" + std::to_string(machine.pid())));
}

TEST_F(GoSdkTest, ASignalToTheClientReachesTheProgram) {
  Machine machine(*this);
  EXPECT_EQ(machine.end(SIGTERM), "signal: terminated");
}

TEST_F(GoSdkTest, TheIdCanBeUsedAgainOnceTheJailIsRemoved) {
  { const Machine first(*this); }
  const Machine second(*this);
  EXPECT_EQ(second.said("state"), "Running");
}

// The second client has a socket of its own: when a launch fails, this SDK removes the socket at the path
// that it would have had, whoever's it is.
TEST_F(GoSdkTest, TheSecondOfTheSameIdFailsAndTheFirstRunsOn) {
  Machine first(*this);
  const HostSnapshot before = snapshot();
  const Outcome second = run(client({"-socket=/second.socket"}));
  EXPECT_EQ(second.exit_status, 1);
  EXPECT_NE(second.out.find("exit status 1"), std::string::npos) << second.text();
  EXPECT_EQ(second.err.rfind("jailrun: ", 0), 0U) << second.text();
  EXPECT_NE(second.err.find(first.said("pid")), std::string::npos) << second.text();
  EXPECT_EQ(changes(before), "");
  EXPECT_EQ(first.end(), "signal: terminated");
}

TEST_F(GoSdkTest, ALaunchThatFailsIsToldToTheClientAndLeavesNothing) {
  const std::string program = broken_program();
  const HostSnapshot before = snapshot();
  const Outcome outcome = run(client({"-exec-file=" + program}));
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.out.find("exit status 1"), std::string::npos) << outcome.text();
  EXPECT_EQ(outcome.err.rfind("jailrun: ", 0), 0U) << outcome.text();
  EXPECT_EQ(changes(before), "");
}

TEST_F(GoSdkTest, APipeThatTheClientMakesForTheLogIsTheProgramsToWrite) {
  const Machine machine(*this, {"-log=" + scratch("log")});
  EXPECT_EQ(status_of(vmm_root() + "/log").st_ino, status_of(scratch("log")).st_ino);
  EXPECT_TRUE(was_asked("204 PUT /logger"));
  EXPECT_TRUE(was_asked("204 PUT /metrics"));
}

TEST_F(GoSdkTest, ManyClientsAtOnceHaveAMachineEach) {
  std::list<Machine> machines;
  for (int i = 0; i < 8; ++i) machines.emplace_back(*this, Strings{}, "vm-" + std::to_string(i));
  std::set<pid_t> pids;
  for (const Machine& machine : machines) pids.insert(machine.pid());
  EXPECT_EQ(pids.size(), 8U);
}

// The same client, which knows nothing of it, and firecracker-hardened.conf.
class GoSdkHardenedTest : public GoSdkTest {
 protected:
  GoSdkHardenedTest() { jailer_ = "jailer-hardened"; }
};

TEST_F(GoSdkHardenedTest, AMachineStartsAndAnswers) {
  Machine machine(*this, {"-log=" + scratch("log"), "-drive=" + scratch("disk-2")});
  EXPECT_EQ(machine.said("socket"), vmm_root() + "/run/firecracker.socket");
  EXPECT_EQ(machine.said("state"), "Running");
  EXPECT_EQ(machine.said("metadata"), "hello");
  EXPECT_TRUE(was_asked("204 PUT /logger"));
  EXPECT_EQ(given("open"), (Strings{"/dev/kvm " + here("/dev/kvm"), "/dev/net/tun " + here("/dev/net/tun")}));
  EXPECT_EQ(machine.end(), "signal: terminated");
}

TEST_F(GoSdkHardenedTest, TheProcessThatTheClientStartedIsTheProgramAndIsConfined) {
  const Machine machine(*this);
  EXPECT_EQ(recorded_pid(), machine.pid());
  EXPECT_EQ(stat_fields(machine.pid())[4], std::to_string(machine.client_pid()));
  std::map<std::string, std::string> status = status_fields(machine.pid());
  EXPECT_EQ(status["Uid"], "1234\t1234\t1234\t1234");
  EXPECT_EQ(status["CapBnd"], "0000000000000000");
  EXPECT_EQ(status["NoNewPrivs"], "1");
  EXPECT_EQ(status["Seccomp"], "2");
  for (const char* type : {"ipc", "uts", "cgroup", "mnt"})
    EXPECT_NE(namespace_of(machine.pid(), type), namespace_of(machine.client_pid(), type)) << type;
}

}  // namespace
}  // namespace jailrun::integration
