// SPDX-License-Identifier: Apache-2.0
// Limits on the program's time: what it is ended by, and what is said of that.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"

#include <signal.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class TimeLimitTest : public JailTest {
 protected:
  Strings limited(const Strings& more) const {
    Strings all = {
        "--pipeline",
        pipeline_with("[limits]\nno-file-default = keep\n[pid-namespace]\n[time-limit]\n", "drop-privs")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::string report() const { return run(managing({"wait", "probe/jail"})).out; }

  void TearDown() override {
    EXPECT_EQ(list(base()), "");
    (void)run({runner(), "rm", "--host", "--reports"});
    JailTest::TearDown();
  }
};

TEST_F(TimeLimitTest, TheProgramIsAskedToEnd) {
  const Outcome outcome = launch(limited({"--supervise", "--wall", "300ms"}), {"--sleep"});
  EXPECT_EQ(outcome.signal, SIGTERM) << outcome.text();
  EXPECT_EQ(outcome.err, "jailrun: jail jail: time limit of 300 ms reached\n");
  expect_mentions(report(), {R"("signal":15,)", R"(,"reason":"time limit of 300 ms reached"})"});
}

TEST_F(TimeLimitTest, OneThatDoesNotIsKilledAfterTheGrace) {
  const Outcome outcome =
      launch(limited({"--supervise", "--wall", "1s", "--grace", "200ms"}), {"--ignore-sigterm", "--sleep"});
  EXPECT_EQ(outcome.signal, SIGKILL) << outcome.text();
  expect_mentions(report(), {R"("signal":9,)", R"("reason":"time limit of 1 s reached")"});
}

TEST_F(TimeLimitTest, OneThatIsStoppedEnds) {
  Child launched(command(limited({"--supervise", "--wall", "700ms"}), {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  kill(std::stoi(reported(launched.out_so_far(), "pid").back()), SIGSTOP);
  EXPECT_EQ(launched.wait().signal, SIGTERM);
}

TEST_F(TimeLimitTest, EverythingInTheJailIsKilled) {
  if (!missing_v1({"pids"}).empty()) GTEST_SKIP() << "no version 1 hierarchy on this host carries pids";
  const Outcome outcome = launch(
      limited({"--supervise", "--cgroup", "pids.max=20", "--wall", "500ms", "--grace", "100ms"}), {"--bomb"});
  EXPECT_EQ(outcome.signal, SIGKILL) << outcome.text();
  for (const pid_t pid : all_processes()) {
    if (pid == getpid()) continue;
    EXPECT_EQ(stat_fields(pid)[3], "Z") << command_of(pid);  // for us to reap
  }
  end_orphans();
}

TEST_F(TimeLimitTest, OneThatIsFrozenEndsToo) {
  if (!missing_v1({"freezer"}).empty()) GTEST_SKIP() << "no version 1 hierarchy on this host carries freezer";
  Child launched(command(
      limited({"--supervise", "--cgroup", "freezer.state=THAWED", "--wall", "1s", "--grace", "100ms"}),
      {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  write_file(v1_mount("freezer") + "/probe/jail/freezer.state", "FROZEN");
  const Outcome outcome = launched.wait();
  EXPECT_NE(outcome.signal, 0) << outcome.text();
  EXPECT_EQ(outcome.err, "jailrun: jail jail: time limit of 1 s reached\n");
}

TEST_F(TimeLimitTest, OneThatEndsInTimeHasNoReason) {
  const Outcome outcome = launch(limited({"--supervise", "--wall", "1h", "--cpu", "1h"}), {"--exit", "7"});
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(report().find("reason"), std::string::npos) << report();
}

TEST_F(TimeLimitTest, InTheBackgroundToo) {
  const Outcome outcome = launch(limited({"--supervise", "--daemonize", "--wall", "200ms"}), {"--sleep"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  expect_mentions(run(managing({"wait", "probe/jail"})).out, {R"("reason":"time limit of 200 ms reached")"});
  end_orphans();
}

TEST_F(TimeLimitTest, Process1OfANamespaceIsKilledAsItHasNoHandler) {
  const Outcome outcome =
      launch(limited({"--supervise", "--new-pid-ns", "--wall", "200ms", "--grace", "200ms"}), {"--sleep"});
  EXPECT_EQ(outcome.signal, SIGKILL) << outcome.text();
}

TEST_F(TimeLimitTest, InitForwardsTheSignal) {
  const Outcome outcome =
      launch(limited({"--supervise", "--new-pid-ns", "--init", "--wall", "200ms"}), {"--sleep"});
  EXPECT_EQ(outcome.exit_status, 128 + SIGTERM) << outcome.text();
  expect_mentions(report(), {R"("status":143,)", R"("reason":"time limit of 200 ms reached")"});
}

TEST_F(TimeLimitTest, CpuTimeIsLimitedByTheKernel) {
  const Outcome outcome =
      launch(limited({"--supervise", "--cpu", "1", "--resource-limit", "core=0"}), {"--spin"});
  EXPECT_EQ(outcome.signal, SIGXCPU) << outcome.text();
  expect_mentions(report(), {R"("reason":"CPU time limit of 1 s reached")"});
}

TEST_F(TimeLimitTest, CpuTimeIsOverAtTheHardLimitToo) {
  const Outcome outcome = launch(limited({"--supervise", "--cpu", "1", "--grace", "0"}), {"--spin"});
  EXPECT_EQ(outcome.signal, SIGKILL) << outcome.text();
  expect_mentions(report(), {R"("reason":"CPU time limit of 1 s reached")"});
}

TEST_F(TimeLimitTest, CpuTimeIsLimitedWithoutASupervisorToo) {
  const Jailed jailed = start(limited({"--cpu", "60", "--grace", "5"}));
  const Strings limits = jailed.report_all("limit");
  EXPECT_EQ(limits.front(), "cpu 60 65");
}

TEST_F(TimeLimitTest, TheLedgerAndThePlanShowIt) {
  const Outcome plan = launch([&] {
    Strings words = limited({"--supervise", "--wall", "90s", "--cpu", "30s"});
    words.insert(words.begin(), "plan");
    return words;
  }());
  EXPECT_NE(plan.out.find("wall 90 s, cpu 30 s for each process  killed 10 s later"), std::string::npos)
      << plan.text();
}

TEST_F(TimeLimitTest, WithoutASupervisorItIsRefused) {
  expect_mentions(refusal(limited({"--wall", "5s"})),
                  {"stage time-limit (--wall) limits the wall-clock time", "add --supervise"});
}

}  // namespace
}  // namespace jailrun::integration
