// SPDX-License-Identifier: Apache-2.0
// Jails from their launch to their removal: ps, inspect, wait, rm, --replace, and what comes after a crash.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/sweep/endurance.hpp"
#include "integration/sweep/tracer.hpp"

#include <filesystem>
#include <regex>
#include <string>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace jailrun::integration {
namespace {

class LifecycleTest : public JailTest {
 protected:
  // `jailrun COMMAND --chroot-base-dir BASE WORDS`
  Command jailrun(const std::string& command, const Strings& words = {}) const {
    Strings argv = {runner(), command, "--chroot-base-dir", base()};
    argv.insert(argv.end(), words.begin(), words.end());
    return Command{argv};
  }
  Outcome ps(const Strings& words = {}) const { return run(jailrun("ps", words)); }
  Outcome rm(const Strings& words) const { return run(jailrun("rm", words)); }
  Outcome inspect(const Strings& words) const { return run(jailrun("inspect", words)); }

  // The line of `ps` about a jail; empty: it is not listed.
  std::string listed(const std::string& id = "jail") const {
    for (const std::string& line : ps().out_lines())
      if (line.compare(0, id.size() + 1, id + " ") == 0) return line;
    return {};
  }
  bool is_listed_as(const std::string& state, const std::string& id = "jail") const {
    return std::regex_search(listed(id), std::regex(" " + state + " "));
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(LifecycleTest, PsShowsALiveJailWithItsPidPipelineAndDirectory) {
  const Jailed jailed = start({});
  const std::string line = listed();
  EXPECT_TRUE(is_listed_as("alive")) << line;
  EXPECT_TRUE(contains(line, " " + std::to_string(jailed.pid()) + " ")) << line;
  EXPECT_TRUE(contains(line, pipeline("default.conf"))) << line;
  EXPECT_TRUE(contains(line, jail())) << line;
}

TEST_F(LifecycleTest, PsShowsAJailWhoseProgramEndedAsDead) {
  ASSERT_TRUE(launch({}).succeeded());
  EXPECT_TRUE(is_listed_as("dead")) << ps().text();
  remove_jail();
  EXPECT_EQ(listed(), "");
}

TEST_F(LifecycleTest, PsGivesTheSameAsJson) {
  const Jailed jailed = start({});
  const std::string json = ps({"--json"}).out;
  EXPECT_TRUE(contains(
      json, R"("id":"jail","name":"probe","state":"alive","pid":)" + std::to_string(jailed.pid()) + ","))
      << json;
  EXPECT_TRUE(contains(json, R"("directory":")" + jail() + "\"")) << json;
}

// Without the option: a base that has had a jail since the boot is known.
TEST_F(LifecycleTest, PsKnowsABaseThatWasUsedBefore) {
  const Jailed jailed = start({});
  EXPECT_TRUE(contains(run({runner(), "ps"}).out, jail()));
}

TEST_F(LifecycleTest, APidThatBelongsToAnotherProcessDoesNotMakeAJailAlive) {
  ASSERT_TRUE(launch({}).succeeded());
  const std::string ledger = read_file(jail() + "/ledger");
  // Ours, at another start time.
  write_file(jail() + "/ledger", std::regex_replace(ledger, std::regex("process pid=[0-9]+"),
                                                    "process pid=" + std::to_string(getpid())));
  EXPECT_TRUE(is_listed_as("dead")) << ps().text();
  remove_jail();
}

TEST_F(LifecycleTest, InspectShowsWhatStandsAndWhatIsGone) {
  const Jailed jailed = start({"--device", "/dev/net/tun"});
  std::filesystem::remove(root() + "/dev/net/tun");
  const Outcome outcome = inspect({"jail"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  bool node_is_gone = false;
  bool program_exists = false;
  for (const std::string& line : outcome.out_lines()) {
    node_is_gone |= std::regex_search(line, std::regex("node +/dev/net/tun .*gone"));
    program_exists |= std::regex_search(line, std::regex("copy +/probe .*exists"));
  }
  EXPECT_TRUE(node_is_gone) << outcome.text();
  EXPECT_TRUE(program_exists) << outcome.text();
}

TEST_F(LifecycleTest, WaitReturnsWhenTheProgramHasEnded) {
  Jailed jailed = start_daemon({});
  Child waiting(jailrun("wait", {"jail"}));
  end_process(jailed.pid());
  const Outcome outcome = waiting.wait();
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
}

TEST_F(LifecycleTest, WaitSaysSoWhenTheTimeIsOver) {
  const Jailed jailed = start({});
  const Outcome outcome = run(jailrun("wait", {"--timeout", "1", "jail"}));
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  EXPECT_TRUE(contains(outcome.err, "still alive: pid " + std::to_string(jailed.pid()))) << outcome.text();
}

TEST_F(LifecycleTest, RmRefusesALiveJailAndNamesItsPid) {
  const Jailed jailed = start({});
  const HostSnapshot before = snapshot();
  const Outcome outcome = rm({"jail"});
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  EXPECT_TRUE(contains(outcome.err, "pid " + std::to_string(jailed.pid()))) << outcome.text();
  EXPECT_EQ(changes(before), "");
}

TEST_F(LifecycleTest, RmWithForceAsksALiveProgramToEndAndRemovesTheJail) {
  Child launched(command({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  const Outcome outcome = rm({"--force", "jail"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(launched.wait().signal, SIGTERM);
  EXPECT_EQ(list(base()), "");
}

// One that is stopped does not hear the SIGTERM.
TEST_F(LifecycleTest, RmWithForceKillsAProgramThatDoesNotEnd) {
  Child launched(command({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  launched.send(SIGSTOP);
  const Outcome outcome = rm({"--force", "--timeout", "1", "jail"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(launched.wait().signal, 0);
  EXPECT_EQ(list(base()), "");
}

TEST_F(LifecycleTest, AJailIsAliveAsLongAsItsGroupHasAProcessAndForceEndsIt) {
  if (const std::string controller = missing_v1({"pids"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  ASSERT_TRUE(launch({"--cgroup", "pids.max=100"}).succeeded());
  EXPECT_TRUE(is_listed_as("dead")) << ps().text();
  Child straggler(Command{{"sleep", "1000"}});
  write_file(v1_mount("pids") + "/probe/jail/cgroup.procs", std::to_string(straggler.pid()));
  EXPECT_TRUE(is_listed_as("alive")) << ps().text();
  EXPECT_EQ(rm({"jail"}).exit_status, 1);
  const Outcome outcome = rm({"--force", "jail"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(straggler.wait().signal, 0);
}

TEST_F(LifecycleTest, RmOfAllDeadLeavesTheLiveOnes) {
  ASSERT_TRUE(launch({"--id", "dead-1"}).succeeded());
  ASSERT_TRUE(launch({"--id", "dead-2"}).succeeded());
  const Jailed live = start({"--id", "live"});
  const Outcome outcome = rm({"--all-dead"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(list(base() + "/probe"), "live");
}

TEST_F(LifecycleTest, RmOfAJailThatIsNotThereSaysSo) {
  const Outcome outcome = rm({"jail"});
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  EXPECT_TRUE(contains(outcome.err, "there is no jail 'jail'")) << outcome.text();
}

TEST_F(LifecycleTest, ReplaceTakesAwayWhatADeadLaunchLeft) {
  ASSERT_TRUE(launch({}).succeeded());
  write_file(root() + "/of-the-old-one", "");
  ASSERT_TRUE(launch({"--replace"}).succeeded());
  EXPECT_FALSE(exists(root() + "/of-the-old-one"));
  remove_jail();
}

TEST_F(LifecycleTest, ReplaceRefusesALiveJail) {
  const Jailed jailed = start({});
  EXPECT_TRUE(contains(refusal({"--replace"}), "pid " + std::to_string(jailed.pid())));
}

TEST_F(LifecycleTest, ReplaceIsAPlainLaunchWhereNothingWasLeft) {
  EXPECT_EQ(launch_and_remove({"--replace"}, {"--exit", "7"}).exit_status, 7);
}

TEST_F(LifecycleTest, TheExecNameTellsEqualIdsApart) {
  std::filesystem::copy_file(test_file("probe"), scratch("other"));
  ASSERT_TRUE(launch({}).succeeded());
  ASSERT_TRUE(launch({"--exec-file", scratch("other")}).succeeded());
  const Outcome ambiguous = rm({"jail"});
  EXPECT_EQ(ambiguous.exit_status, 1);
  EXPECT_TRUE(contains(ambiguous.err, jail("jail", "other"))) << ambiguous.text();
  EXPECT_TRUE(contains(ambiguous.err, jail("jail", "probe"))) << ambiguous.text();
  EXPECT_TRUE(rm({"other/jail"}).succeeded());
  EXPECT_EQ(list(base()), "probe");
  EXPECT_TRUE(rm({"jail"}).succeeded());
}

TEST_F(LifecycleTest, RmLeavesAFilledRootAsItWasBeforeTheLaunch) {
  write_file(prefill() + "/kernel", "vmlinux");
  std::filesystem::create_directories(root() + "/dev/mine");
  write_file(root() + "/probe", "an older version");
  const HostSnapshot before = snapshot();
  ASSERT_TRUE(launch({}).succeeded());
  const Outcome outcome = rm({"jail"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(changes(before), "");
  remove_prefilled();
}

TEST_F(LifecycleTest, AfterARebootAJailIsFoundByItsBaseIsDeadAndCanBeRemoved) {
  Jailed jailed = start_daemon({});
  // Another boot's id, and a /run without anything: the process with that pid and start time is
  // not the jail's.
  const std::string ledger = read_file(jail() + "/ledger");
  const std::string rebooted = std::regex_replace(ledger, std::regex(" boot=[0-9a-f-]+"),
                                                  " boot=00000000-0000-0000-0000-000000000000");
  ASSERT_NE(rebooted, ledger);
  write_file(jail() + "/ledger", rebooted);
  run({runner(), "rm", "--host", "--reports"});  // nothing below /run outlives a boot
  EXPECT_TRUE(is_listed_as("dead")) << ps().text();
}

// ---- killed at some instant; at every instant: the fault sweep

struct KillPoint {
  const char* name;
  long call;
  size_t nth;
};
void PrintTo(const KillPoint& instant, std::ostream* out) { *out << instant.name; }

class KilledLaunchTest : public LifecycleTest, public testing::WithParamInterface<KillPoint> {
 protected:
  void kill_a_launch() {
    const KillPoint& at = GetParam();
    const sweep::Fault fault = {{0, sweep::find_call(at.call), at.nth}, sweep::FaultKind::kKill};
    const sweep::TraceResult traced = sweep::run_traced(command({}, {"--exit", "7"}).argv, fault);
    ASSERT_TRUE(traced.reached);
    ASSERT_EQ(traced.signal, SIGKILL);
  }
};

TEST_P(KilledLaunchTest, IsTakenAwayByRm) {
  const HostSnapshot before = snapshot();
  kill_a_launch();
  const Outcome outcome = rm({"jail"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(changes(before), "");
}

TEST_P(KilledLaunchTest, IsTakenAwayByRmOfAllDead) {
  const HostSnapshot before = snapshot();
  kill_a_launch();
  const Outcome outcome = rm({"--all-dead"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(changes(before), "");
}

TEST_P(KilledLaunchTest, IsReplacedByTheNextLaunch) {
  kill_a_launch();
  const Outcome outcome = launch({"--replace"}, {"--exit", "7"});
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  remove_jail();
}

INSTANTIATE_TEST_SUITE_P(
    At, KilledLaunchTest,
    testing::Values(KillPoint{"TheClaimsRename", SYS_renameat2, 2}, KillPoint{"TheFirstNode", SYS_mknodat, 1},
                    KillPoint{"TheNewNamespace", SYS_setns, 1}, KillPoint{"TheRootsMount", SYS_move_mount, 1},
                    KillPoint{"TheNewRoot", SYS_chroot, 1}, KillPoint{"TheCredentials", SYS_setresuid, 1},
                    KillPoint{"TheExec", SYS_execve, 2}),
    [](const auto& instant) { return instant.param.name; });

TEST_F(LifecycleTest, AHundredLaunchesAndRemovalsInARowLetNothingGrow) {
  if (const std::string controller = missing_v1({"cpuset"}); !controller.empty())
    GTEST_SKIP() << "no version 1 hierarchy on this host carries " << controller;
  EXPECT_EQ(sweep::launch_and_remove_many(100), "");
}

}  // namespace
}  // namespace jailrun::integration
