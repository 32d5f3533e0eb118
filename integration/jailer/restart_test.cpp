// SPDX-License-Identifier: Apache-2.0
// Clients that keep a VM's root, as aleph-vm and OpenNebula do, and start the same id again and again.
#include "integration/jailer/client.hpp"

#include <deque>

#include <signal.h>

namespace jailrun::integration {
namespace {

class RestartTest : public CallerTest {
 protected:
  void SetUp() override {
    CallerTest::SetUp();
    fill_root();
  }

  // What they do before each start, as Firecracker's jailer fails where one of these exists.
  void clear() const {
    std::filesystem::remove_all(vm_root() + "/dev/net");
    std::filesystem::remove(vm_root() + "/dev/kvm");
    std::filesystem::remove_all(vm_root() + "/run");
  }
  Command again() const { return vm({}, {"--config-file", "/config.json"}); }
  // The process is looked at too, as a launch that is refused never makes a socket.
  bool is_up(const Child& launched) const {
    return becomes_true([&] { return exists(vm_socket()) || stat_fields(launched.pid()).at(3) == "Z"; }) &&
           exists(vm_socket());
  }
  void run_once() const {
    clear();
    Child launched(again());
    EXPECT_TRUE(is_up(launched));
    launched.send(SIGTERM);
    EXPECT_EQ(launched.wait().signal, SIGTERM);
  }
};

TEST_F(RestartTest, AVmIsStartedAgainAndKeepsItsFiles) {
  run_once();
  write_file(vm_root() + "/snapshot", "kept from start to start");
  run_once();
  run_once();
  EXPECT_EQ(read_file(vm_root() + "/snapshot"), "kept from start to start");
  EXPECT_EQ(read_file(vm_root() + "/vmlinux"), "the kernel");
  remove_vm();
}

TEST_F(RestartTest, TheSocketOfAVmThatEndedMustBeRemovedByTheClient) {
  run_once();  // SIGTERM leaves it
  const Outcome outcome = run(again());
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.err.find("API socket"), std::string::npos) << "said by the program: " << outcome.text();
  remove_vm();
}

TEST_F(RestartTest, AVmThatRunsIsNotStartedAgain) {
  Child first(again());
  ASSERT_TRUE(is_up(first));
  EXPECT_NE(refusal(again()).find("already alive: pid " + std::to_string(first.pid())), std::string::npos);
  EXPECT_EQ(ask(vm_socket(), "GET /"), "200");
  first.send(SIGKILL);
  first.wait();
  remove_vm();
}

TEST_F(RestartTest, OfFourRestartsAtOnceOneSucceeds) {
  run_once();
  clear();
  std::deque<Child> launches;
  for (int i = 0; i < 4; ++i) launches.emplace_back(again());
  ASSERT_TRUE(appears(vm_socket()));
  const pid_t winner = vm_pid();
  for (Child& one : launches) {
    if (one.pid() == winner) continue;
    const Outcome lost = one.wait();
    EXPECT_EQ(lost.exit_status, 1) << lost.text();
    EXPECT_NE(lost.err.find("jail vm-1 is "), std::string::npos) << lost.text();
  }
  EXPECT_EQ(ask(vm_socket(), "GET /"), "200");
  kill(winner, SIGKILL);
  launches.clear();
  remove_vm();
}

TEST_F(RestartTest, AFailedRestartLeavesTheClientsFiles) {
  run_once();
  clear();
  const Outcome outcome = run(vm({"--cgroup", "nosuch.file=1"}));
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(read_file(vm_root() + "/vmlinux"), "the kernel");
  run_once();
  remove_vm();
}

// A client that links its files in after the start loses nothing with the root that it has removed.
TEST_F(RestartTest, AnIdWhoseRootTheClientHasRemovedIsFree) {
  std::filesystem::remove_all(base() + "/firecracker");
  for (int round = 0; round < 2; ++round) {
    Child launched(vm());
    EXPECT_TRUE(is_up(launched));
    launched.send(SIGKILL);
    launched.wait();
    if (round == 0) std::filesystem::remove_all(vm_root());
  }
  remove_vm();
}

TEST_F(RestartTest, TheVmIsFoundByItsIdInTheListOfProcesses) {
  const Outcome outcome = run(vm({"--daemonize"}, {"--config-file", "config.json"}));
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  Strings found;
  for (const pid_t pid : all_processes())
    if (command_of(pid).find("firecracker --id vm-1 ") != std::string::npos)
      found.push_back(std::to_string(pid));
  EXPECT_EQ(found, Strings{std::to_string(vm_pid())});
  end_process(vm_pid());
  remove_vm();
}

}  // namespace
}  // namespace jailrun::integration
