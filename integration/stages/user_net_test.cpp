// SPDX-License-Identifier: Apache-2.0
// The network that pasta gives a jail, and the life of pasta itself. The host is a network namespace of the
// test's: one address on a pair of interfaces that leads nowhere else, and a default route.
#include "integration/support/jail_test.hpp"
#include "integration/support/network.hpp"
#include "integration/support/test_pipelines.hpp"
#include "integration/support/workplace.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr const char* kHost = "192.0.2.1";
constexpr const char* kGateway = "192.0.2.254";
constexpr const char* kJail = "192.0.2.77";
constexpr int kPort = 8123;
constexpr int kLoopbackPort = 8124;

void enter_network(const std::string& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) _exit(97);
  close(fd);
}

// Listens there until it goes out of scope.
class Server {
 public:
  Server(const std::string& network, const char* address, int port) {
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) throw std::runtime_error("can't make a pipe");
    pid_ = fork();
    if (pid_ == 0) {
      enter_network(network);
      const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_port = htons(static_cast<in_port_t>(port));
      inet_pton(AF_INET, address, &at.sin_addr);
      if (bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(fd, 16) != 0) _exit(1);
      (void)!write(ready[1], "", 1);
      for (;;) close(accept(fd, nullptr, nullptr));
    }
    close(ready[1]);
    char one = 0;
    if (read(ready[0], &one, 1) != 1) throw std::runtime_error("can't listen");
    close(ready[0]);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { end_process(pid_); }

 private:
  pid_t pid_;
};

// Waits for something that another process does.
template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return condition();
}

class UserNetTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    host_.emplace(scratch("host"));
    tun_.emplace(scratch("tun"));
    for (const char* words :
         {"link set lo up", "link add up0 type veth peer name up1", "link set up0 up", "link set up1 up",
          "address add 192.0.2.1/24 dev up0", "route add default via 192.0.2.254 dev up0"})
      ip(words);
  }
  void TearDown() override {
    tun_.reset();
    host_.reset();
    JailTest::TearDown();
  }

  void ip(const std::string& words) const {
    Command command({"sh", "-c", "exec ip " + words});
    command.in_child = in_host();
    const Outcome done = run(command);
    ASSERT_TRUE(done.succeeded()) << words << ": " << done.text();
  }
  std::function<void()> in_host() const {
    return [file = host_->path()] { enter_network(file); };
  }
  const std::string& host() const { return host_->path(); }
  std::string host_name() const { return host_->name(); }

  Strings connected(const std::string& settings = "", const Strings& more = {}) const {
    const std::string text =
        with_section_before(read_file(pipeline("default.conf")), "daemonize",
                            "[user-net]\naddress = 192.0.2.77/24\n" + settings + "[pid-namespace]\n");
    write_file(scratch("connected.conf"), text);
    Strings options = {"--pipeline", scratch("connected.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  // "reach:192.0.2.1:8123 yes": what became of each try.
  Strings reached(const Strings& options, const Strings& places) {
    Strings arguments;
    for (const std::string& place : places) arguments.insert(arguments.end(), {"--try", "reach:" + place});
    Command launch = command(options, arguments);
    launch.in_child = in_host();
    const Outcome outcome = run(launch);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    remove_jail();
    return reported(outcome.out, "try");
  }
  // Processes that execute pasta.
  static std::vector<pid_t> pastas() {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      std::error_code gone;
      const std::string file = std::filesystem::read_symlink(entry.path() / "exe", gone);
      if (!gone && file.find("/passt") != std::string::npos) found.push_back(std::atoi(name.c_str()));
    }
    return found;
  }
  // Of a jail's helper, as `inspect` has it.
  std::string inspected() const {
    const Outcome outcome = run(managing({"inspect", "jail"}));
    for (const std::string& line : outcome.out_lines())
      if (line.find(" helper ") != std::string::npos) return line;
    return outcome.text();
  }

 private:
  std::optional<NetworkNamespace> host_;
  std::optional<OpenTun> tun_;
};

TEST_F(UserNetTest, TheProgramReachesWhatTheHostReaches) {
  const Server server(host(), kHost, kPort);
  const Strings tries = reached(connected(), {"192.0.2.1:8123", "192.0.2.1:8125"});
  ASSERT_EQ(tries.size(), 2U);
  EXPECT_EQ(tries[0], "reach:192.0.2.1:8123 yes");
  EXPECT_EQ(tries[1].find(" yes"), std::string::npos) << tries[1];  // old versions of pasta do not answer
  EXPECT_EQ(pastas(), std::vector<pid_t>{});
}

TEST_F(UserNetTest, TheProgramDoesNotReachTheHostsLoopback) {
  const Server server(host(), "127.0.0.1", kLoopbackPort);
  const Strings tries = reached(connected(), {"127.0.0.1:8124", std::string(kGateway) + ":8124",
                                              std::string(kHost) + ":8124", std::string(kJail) + ":8124"});
  ASSERT_EQ(tries.size(), 4U);
  for (const std::string& one : tries) EXPECT_EQ(one.find(" yes"), std::string::npos) << one;
}

TEST_F(UserNetTest, AForwardedPortLeadsIntoTheJailAndNoOtherDoes) {
  const Jailed jailed = start(connected("forward = tcp:8080:8123\n"), {}, in_host());
  const std::string network = "/proc/" + std::to_string(jailed.pid()) + "/ns/net";
  const Server in_jail(network, "0.0.0.0", kPort);
  const auto connects = [&](const char* address, int port) {
    const pid_t child = fork();
    if (child == 0) {
      enter_network(host());
      const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_port = htons(static_cast<in_port_t>(port));
      inet_pton(AF_INET, address, &at.sin_addr);
      _exit(connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0;
  };
  EXPECT_TRUE(connects("192.0.2.1", 8080));
  EXPECT_FALSE(connects("192.0.2.1", 8123));
}

TEST_F(UserNetTest, PastaHasNoPrivilegesAndIsNotInTheJail) {
  const Jailed jailed = start(connected(), {}, in_host());
  const std::vector<pid_t> found = pastas();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(namespace_of(found[0], "net"), host_name());
  EXPECT_NE(namespace_of(found[0], "pid"), namespace_of(getpid(), "pid"));
  const std::string status = read_file("/proc/" + std::to_string(found[0]) + "/status");
  EXPECT_NE(status.find("\nUid:\t65534\t65534\t65534\t65534\n"), std::string::npos) << status;
  EXPECT_NE(status.find("\nNoNewPrivs:\t1\n"), std::string::npos) << status;
  EXPECT_NE(inspected().find("alive, kept by pid "), std::string::npos) << inspected();
}

TEST_F(UserNetTest, PastaEndsWithTheProgramInEveryMode) {
  for (const Strings& mode : {Strings{}, Strings{"--daemonize"}, Strings{"--new-pid-ns"}}) {
    {
      const Jailed jailed = mode.empty() ? start(connected(), {}, in_host())
                            : mode.front() == "--daemonize"
                                ? start_daemon(connected(), {}, in_host())
                                : start_detached(connected("", mode), {}, in_host());
      EXPECT_EQ(pastas().size(), 1U);
      EXPECT_NE(namespace_of(jailed.pid(), "net"), host_name());
      ASSERT_EQ(kill(jailed.pid(), SIGKILL), 0);
      EXPECT_TRUE(comes_true([] { return pastas().empty(); }));
      EXPECT_TRUE(comes_true([&] { return inspected().find(" gone") != std::string::npos; })) << inspected();
    }
  }
}

TEST_F(UserNetTest, RmForceEndsThemBoth) {
  Command launch = command(connected(), {"--sleep"});
  launch.in_child = in_host();
  Child launched(launch);
  ASSERT_TRUE(launched.says("end"));
  ASSERT_EQ(pastas().size(), 1U);
  const Outcome removed = run(managing({"rm", "--force", "jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_TRUE(pastas().empty());
}

// One whose keeper was stopped, and so did not end it with the program.
TEST_F(UserNetTest, RmEndsAHelperThatWasLeft) {
  Command launch = command(connected(), {"--sleep"});
  launch.in_child = in_host();
  pid_t keeper = 0;
  {
    Child launched(launch);
    ASSERT_TRUE(launched.says("end"));
    const std::string line = inspected();
    keeper = std::atoi(line.c_str() + line.rfind(' ') + 1);
    ASSERT_EQ(kill(keeper, SIGSTOP), 0) << line;
  }
  ASSERT_EQ(pastas().size(), 1U);
  EXPECT_NE(inspected().find("alive, kept by pid "), std::string::npos);
  const Outcome removed = run(managing({"rm", "jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_TRUE(pastas().empty());
}

TEST_F(UserNetTest, ThatPastaWasKilledIsToldByInspect) {
  const Jailed jailed = start(connected(), {}, in_host());
  const std::vector<pid_t> found = pastas();
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(kill(found[0], SIGKILL), 0);
  EXPECT_TRUE(comes_true([&] { return inspected().find(" gone") != std::string::npos; })) << inspected();
  EXPECT_EQ(kill(jailed.pid(), 0), 0);
}

TEST_F(UserNetTest, ALaunchThatFailsLeavesNoProcess) {
  Command launch = command(connected("", {"--exec-file", broken_program()}));
  launch.in_child = in_host();
  const std::string error = refusal(launch);
  EXPECT_NE(error.find("No such file or directory"), std::string::npos) << error;
  EXPECT_TRUE(pastas().empty());
}

TEST_F(UserNetTest, WhatPastaSaysIsTold) {
  ip("route del default");
  Command launch = command(connected());
  launch.in_child = in_host();
  const std::string error = refusal(launch);
  expect_mentions(error, {"helper pasta", "/usr/bin/pasta", "status 1"});
  EXPECT_TRUE(pastas().empty());
}

TEST_F(UserNetTest, AnotherNetworkNamespaceBesideItIsRefused) {
  Command launch = command(connected("", {"--netns", host()}));
  const std::string error = refusal(launch);
  expect_mentions(error, {"user-net", "netns", "leave one out"});
}

}  // namespace
}  // namespace jailrun::integration
