// SPDX-License-Identifier: Apache-2.0
// The program in the background, and the truth to the caller about it.
#include "integration/support/jail_test.hpp"

#include <chrono>
#include <filesystem>

#include <unistd.h>

namespace jailrun::integration {
namespace {

using DaemonizeTest = JailTest;

TEST_F(DaemonizeTest, TheProgramIsStartedWhenTheCallerReturns) {
  for (int round = 0; round < 10; ++round) {
    // Not start_daemon(), which waits for the program's report: at this very moment execve
    // must have succeeded.
    const Outcome launched = launch({"--daemonize"}, {"--sleep"});
    ASSERT_TRUE(launched.succeeded()) << launched.text();
    const std::string pid = read_file(root() + "/probe.pid");
    EXPECT_EQ(std::filesystem::read_symlink("/proc/" + pid + "/exe").filename(), "probe");
    EXPECT_EQ(read_file("/proc/" + pid + "/comm"), "probe\n");
    end_process(std::stoi(pid));
    remove_jail();
  }
}

TEST_F(DaemonizeTest, ThePidFileHoldsTheProgramsPidAndNothingElse) {
  const Jailed jailed = start_daemon({});
  EXPECT_EQ(read_file(root() + "/probe.pid"), jailed.report("pid"));
  EXPECT_EQ(describe(root() + "/probe.pid"), "file 0644 0:0");
}

TEST_F(DaemonizeTest, TheProgramIsInASessionOfItsOwn) {
  const Jailed jailed = start_daemon({});
  EXPECT_NE(stat_fields(jailed.pid())[6], stat_fields(getpid())[6]);
  EXPECT_EQ(stat_fields(jailed.pid())[7], "0") << "it has a controlling terminal";
}

TEST_F(DaemonizeTest, TheProgramDoesNotLeadItsSession) {
  const Jailed jailed = start_daemon({});
  EXPECT_NE(jailed.report("session"), jailed.report("pid"));
}

TEST_F(DaemonizeTest, NoProcessOfTheRunnersStays) {
  const Jailed jailed = start_daemon({});
  EXPECT_EQ(all_processes(), (std::vector<pid_t>{getpid(), jailed.pid()}));
}

TEST_F(DaemonizeTest, StandardStreamsAreDevNullForReadingAndWriting) {
  const Jailed jailed = start_daemon({});
  EXPECT_EQ(jailed.report_all("fd"), (Strings{"0 read-write 1:3", "1 read-write 1:3", "2 read-write 1:3"}));
}

TEST_F(DaemonizeTest, TheLaunchSaysNothing) {
  const Outcome launched = launch({"--daemonize"}, {"--exit", "0"});
  EXPECT_TRUE(launched.succeeded());
  EXPECT_EQ(launched.out + launched.err, "");
  end_orphans();
  remove_jail();
}

// A program chooses its own name: no waiting may depend on it.
TEST_F(DaemonizeTest, TheCallerReturnsWhateverTheProgramCallsItself) {
  for (const std::string name : {"jailrun-enter", "jailrun"}) {
    std::filesystem::copy_file(test_file("probe"), scratch(name));
    for (int round = 0; round < 20; ++round) {
      Command named = command({"--daemonize", "--exec-file", scratch(name)}, {"--sleep"});
      named.time_limit = std::chrono::seconds(20);
      const Outcome launched = run(named);
      ASSERT_TRUE(launched.succeeded()) << launched.text();
      end_process(std::stoi(read_file(root("jail", name) + "/" + name + ".pid")));
      remove_jail("jail", name);
    }
  }
}

TEST_F(DaemonizeTest, TheProgramsExitStatusIsNotTheCallers) {
  const Outcome launched = launch({"--daemonize"}, {"--exit", "7"});
  EXPECT_EQ(launched.exit_status, 0);
  end_orphans();
  remove_jail();
}

TEST_F(DaemonizeTest, AFailingExecIsTheCallersFailureAndLeavesNothing) {
  const std::string sentence = refusal({"--daemonize", "--exec-file", broken_program()});
  EXPECT_NE(sentence.find("No such file or directory"), std::string::npos) << sentence;
}

TEST_F(DaemonizeTest, APidFileThatCannotBeWrittenIsTheCallersFailure) {
  std::filesystem::create_directory(prefill() + "/probe.pid");
  refusal({"--daemonize"});
  remove_prefilled();
}

TEST_F(DaemonizeTest, AFailureAfterTheForkIsTheCallersFailure) {
  // Found in the child only, where it enters the root: the bind's target was exchanged for a link
  // by the caller.
  std::filesystem::create_directory(scratch("data"));
  std::filesystem::create_directory_symlink(scratch("data"), prefill() + "/data");
  const std::string pipeline = pipeline_with("[bind]\nbind = " + scratch("data") + ":/data\n", "cgroup-v1");
  refusal({"--daemonize", "--pipeline", pipeline});
  remove_prefilled();
}

}  // namespace
}  // namespace jailrun::integration
