// SPDX-License-Identifier: Apache-2.0
// Launches and commands where /proc is not mounted: what can be done without it is done, and what can't says so.
#include "integration/support/jail_test.hpp"
#include "integration/support/shipped_plugin.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class NoProcTest : public JailTest {
 protected:
  void TearDown() override {
    (void)run({runner(), "rm", "--host", "--reports"});  // the reports of supervised launches
    JailTest::TearDown();
  }

  static Command without_proc(Command command) {
    command.in_child = [] {
      if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0)
        _exit(98);
      while (umount2("/proc", MNT_DETACH) == 0) {  // the tests' own lies over the host's
      }
    };
    return command;
  }
  // The pipeline is looked for, as for the jailer's own command line.
  Command launched(Strings options, const Strings& arguments) const {
    options.insert(options.begin(), {"--pipeline", "default.conf"});
    return without_proc(command(options, arguments));
  }
};

TEST_F(NoProcTest, ALaunchRunsAndIsRemovedFromOutside) {
  const Outcome outcome = run(launched({}, {"--exit", "7"}));
  ASSERT_EQ(outcome.exit_status, 7) << outcome.text();
  EXPECT_EQ(reported(outcome.out, "uid"), Strings{"1234 1234 1234"});
  expect_mentions(run(managing({"ps"})).out, {"jail", "dead"});
  remove_jail();
  EXPECT_EQ(list(base()), "");
}

TEST_F(NoProcTest, SoDoesOneInTheCallersRootAndOneThatReplacesIt) {
  prefill();
  for (int round = 0; round < 2; ++round) {
    const Outcome outcome = run(launched({}, {"--exit", "7"}));
    EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  }
  remove_jail();
}

TEST_F(NoProcTest, SoDoOnesInTheBackgroundAndSupervised) {
  const Outcome daemon = run(launched({"--daemonize"}, {"--exit", "0"}));
  EXPECT_EQ(daemon.exit_status, 0) << daemon.text();
  EXPECT_TRUE(run(managing({"rm", "--force", "jail"})).succeeded());
  const Outcome supervised = run(launched({"--supervise"}, {"--exit", "7"}));
  EXPECT_EQ(supervised.exit_status, 7) << supervised.text();
  if (exists(jail())) remove_jail();
}

TEST_F(NoProcTest, OneThatLivesIsSeenAndKilledFromOutside) {
  Child child(launched({}, {"--sleep"}));
  ASSERT_TRUE(child.says("end"));
  const std::string pid = std::to_string(child.pid());
  expect_mentions(run(managing({"ps"})).out, {"alive", pid});
  expect_mentions(run(managing({"rm", "jail"})).err, {"alive: pid " + pid});
  const Outcome removed = run(managing({"rm", "--force", "jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_EQ(child.wait().signal, SIGTERM);
}

TEST_F(NoProcTest, WithoutItALivingProcessIsNeitherKilledNorTakenForDead) {
  Child child(command({}, {"--sleep"}));
  ASSERT_TRUE(child.says("end"));
  expect_mentions(run(without_proc(managing({"ps"}))).out, {"alive", std::to_string(child.pid())});
  expect_mentions(run(without_proc(managing({"rm", "jail"}))).err, {"alive"});
  expect_mentions(run(without_proc(managing({"rm", "--force", "--timeout", "0", "jail"}))).err,
                  {"was not killed", "/proc is not mounted"});
  EXPECT_EQ(kill(child.pid(), 0), 0);
  EXPECT_TRUE(exists(root()));
  EXPECT_TRUE(run(managing({"rm", "--force", "jail"})).succeeded());
}

// The static runner can't see at a glance then that it must load a file, and finds it out later.
TEST_F(NoProcTest, AStageIsLoadedFromItsFile) {
  const std::string text = with_setting(read_file(pipeline("default.conf")), "netns",
                                        "plugin = " + shipped_plugin("netns") + "\n");
  const std::string file = written(scratch("site.conf"), text);
  const Outcome outcome = run(without_proc(command({"--pipeline", file}, {"--exit", "7"})));
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  remove_jail();
}

// After a reboot its number may be another process's, which root must not kill.
TEST_F(NoProcTest, AProcessThatHasItsNumberAndIsNotInItsRootIsNotKilled) {
  Child stranger(Command{{"sleep", "1000"}});
  Child child(launched({}, {"--sleep"}));
  ASSERT_TRUE(child.says("end"));
  const std::string ledger = read_file(jail() + "/ledger");
  const std::string noted = "process pid=" + std::to_string(child.pid()) + " start=unknown";
  const size_t at = ledger.find(noted);
  ASSERT_NE(at, std::string::npos) << ledger;
  const std::string strangers = "process pid=" + std::to_string(stranger.pid()) + " start=unknown";
  write_file(jail() + "/ledger", std::string(ledger).replace(at, noted.size(), strangers));
  expect_mentions(run(managing({"ps"})).out, {"alive", std::to_string(stranger.pid())});
  expect_mentions(run(managing({"rm", "--force", "--timeout", "0", "jail"})).err,
                  {"was not killed", "not in its root"});
  EXPECT_EQ(kill(stranger.pid(), 0), 0);
  write_file(jail() + "/ledger", ledger);
  EXPECT_TRUE(run(managing({"rm", "--force", "jail"})).succeeded());
}

TEST_F(NoProcTest, WhatNeedsItSaysSoInOneSentence) {
  for (const Strings& options : {Strings{"--strict"},
                                 {"--netns", "/proc/self/ns/net"},
                                 {"--cgroup", "jailrun-has-no-such-controller.x=1"}}) {
    const Outcome outcome = run(launched(options, {}));
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
    expect_mentions(outcome.err, {"/proc"});
  }
  EXPECT_EQ(list(base()), "");
}

}  // namespace
}  // namespace jailrun::integration
