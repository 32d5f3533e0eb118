// SPDX-License-Identifier: Apache-2.0
// Signals to jailrun itself while it launches: all is rolled back, one sentence says so, and the process dies
// of that signal.
#include "integration/support/jail_test.hpp"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class InterruptionTest : public JailTest {
 protected:
  // A program whose copy takes a while, on every filesystem that shares no data.
  std::string large_program() const {
    const std::string path = scratch("large");
    std::filesystem::copy_file(test_file("probe"), path);
    std::ofstream file(path, std::ios::binary | std::ios::app);
    const std::string megabyte(1U << 20, 'x');
    for (int count = 0; count < 512; ++count) file << megabyte;
    file.close();
    std::filesystem::permissions(path, std::filesystem::perms(0755));
    return path;
  }

  // Sends the signal once the copy has begun.
  Outcome interrupted(const Strings& options, int signal) const {
    Strings words = {"--exec-file", large_program()};
    words.insert(words.end(), options.begin(), options.end());
    Child launched(command(words));
    while (!exists(root("jail", "large") + "/large") && kill(launched.pid(), 0) == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    launched.send(signal);
    return launched.wait();
  }

  void expect_rolled_back(const Strings& options, int signal) const {
    const Outcome outcome = interrupted(options, signal);
    EXPECT_EQ(outcome.signal, signal) << outcome.text();
    EXPECT_EQ(outcome.err,
              "jailrun: the launch was interrupted by SIG" + std::string(sigabbrev_np(signal)) + "\n");
    EXPECT_EQ(list(base()), "");
  }
};

class InterruptionBySignalTest : public InterruptionTest, public testing::WithParamInterface<int> {};

TEST_P(InterruptionBySignalTest, ALaunchInPlace) { expect_rolled_back({}, GetParam()); }
TEST_P(InterruptionBySignalTest, ALaunchInTheBackground) { expect_rolled_back({"--daemonize"}, GetParam()); }
TEST_P(InterruptionBySignalTest, ASupervisedLaunch) { expect_rolled_back({"--supervise"}, GetParam()); }

INSTANTIATE_TEST_SUITE_P(Of, InterruptionBySignalTest,
                         testing::Values(SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM),
                         [](const auto& number) { return std::string(sigabbrev_np(number.param)); });

TEST_F(InterruptionTest, ALimitOnWrittenFilesThatTheCallerLeftBehind) {
  Command small = command({});
  small.in_child = [] {
    const rlimit limit = {4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
  };
  const Outcome outcome = run(small);
  EXPECT_EQ(outcome.signal, SIGXFSZ) << outcome.text();
  EXPECT_NE(outcome.err.find("File too large"), std::string::npos) << outcome.text();
  EXPECT_EQ(list(base()), "");
}

// At any moment: the jail is the program's, or nothing is left.
TEST_F(InterruptionTest, AtAnyMomentOfALaunchInTheBackground) {
  for (int round = 0; round < 60; ++round) {
    Child launched(command({"--daemonize"}, {"--sleep"}));
    std::this_thread::sleep_for(std::chrono::microseconds(round * 100));
    launched.send(SIGTERM);
    const Outcome outcome = launched.wait();
    if (outcome.succeeded()) {
      end_process(std::stoi(read_file(root() + "/probe.pid")));
      remove_jail();
    } else {
      EXPECT_EQ(outcome.signal, SIGTERM) << outcome.text();
    }
    ASSERT_EQ(list(base()), "") << outcome.text();
  }
}

}  // namespace
}  // namespace jailrun::integration
