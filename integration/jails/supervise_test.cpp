// SPDX-License-Identifier: Apache-2.0
// --supervise: a parent that forwards signals, exits as the program exits, removes the jail, and never leaves
// the program running.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class SuperviseTest : public JailTest {
 protected:
  Command supervised(const Strings& options, const Strings& arguments) const {
    Strings words = {"--supervise"};
    words.insert(words.end(), options.begin(), options.end());
    return command(words, arguments);
  }

  // The program's pid as it has reported it.
  static pid_t program_of(const Child& launched) {
    const Strings pids = reported(launched.out_so_far(), "pid");
    return pids.empty() ? -1 : std::atoi(pids.back().c_str());
  }

  // The status of an orphan, whose parent exited before; -1: it is not ours.
  static int end_of(pid_t orphan) {
    int status = 0;
    return waitpid(orphan, &status, 0) == orphan ? status : -1;
  }
  static void wait_for_all_orphans() {
    while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
  }

  // As a caller stops its VM; a supervisor that was killed would leave the jail.
  static void end(Child& launched) {
    launched.send(SIGTERM);
    EXPECT_EQ(launched.wait().signal, SIGTERM);
  }

  std::string report() const {
    const Outcome outcome = run({runner(), "wait", "--chroot-base-dir", base(), "probe/jail"});
    return outcome.succeeded() ? outcome.out : "";
  }

  void TearDown() override {
    (void)run({runner(), "rm", "--host", "--reports"});
    JailTest::TearDown();
  }
};

TEST_F(SuperviseTest, TheProgramsExitStatusIsTheCallers) {
  const Outcome outcome = run(supervised({}, {"--exit", "42"}));
  EXPECT_EQ(outcome.exit_status, 42) << outcome.text();
  EXPECT_EQ(outcome.err, "");
}

TEST_F(SuperviseTest, TheJailIsGoneWhenTheCallersChildHasEnded) {
  EXPECT_TRUE(run(supervised({}, {})).succeeded());
  EXPECT_EQ(list(base()), "");
}

TEST_F(SuperviseTest, ItsGroupsAreGoneToo) {
  if (!missing_v1({"pids"}).empty()) GTEST_SKIP() << "no version 1 hierarchy on this host carries pids";
  EXPECT_TRUE(run(supervised({"--cgroup", "pids.max=100"}, {})).succeeded());
  EXPECT_EQ(list(base()), "");
  EXPECT_FALSE(exists(v1_mount("pids") + "/probe"));
}

class SuperviseDeathTest : public SuperviseTest, public testing::WithParamInterface<int> {};

TEST_P(SuperviseDeathTest, TheProgramsDeathBySignalIsTheCallers) {
  const Outcome outcome = run(supervised({}, {"--raise", std::to_string(GetParam())}));
  EXPECT_EQ(outcome.signal, GetParam()) << outcome.text();
  EXPECT_EQ(list(base()), "");
}

class SuperviseForwardTest : public SuperviseDeathTest {};

TEST_P(SuperviseForwardTest, ASignalToTheSupervisorGoesToTheProgram) {
  Child launched(supervised({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  launched.send(GetParam());
  const Outcome outcome = launched.wait();
  EXPECT_EQ(outcome.signal, GetParam()) << outcome.text();
  EXPECT_TRUE(contains(report(), "\"signal\":" + std::to_string(GetParam()) + ",")) << report();
  EXPECT_EQ(list(base()), "");
}

// As systemd stops a unit: each of its processes gets the signal, those that appear meanwhile too.
TEST_F(SuperviseTest, TheJailIsTakenAwayEvenIfItsRemoverIsToldToEnd) {
  bool is_told = false;
  // A remover lives for milliseconds: on a busy machine it may come and go unseen.
  for (int tries = 0; tries < 20 && !is_told; ++tries) {
    Child launched(supervised({}, {"--sleep"}));
    ASSERT_TRUE(launched.says("end"));
    const pid_t program = program_of(launched);
    const std::string supervisor = std::to_string(launched.pid());
    const std::string children = "/proc/" + supervisor + "/task/" + supervisor + "/children";
    launched.send(SIGTERM);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (!is_told && std::chrono::steady_clock::now() < limit) {
      const pid_t child = std::atoi(read_file(children).c_str());
      is_told = child > 0 && child != program && kill(child, SIGTERM) == 0;
    }
    EXPECT_EQ(launched.wait().signal, SIGTERM);
    EXPECT_EQ(list(base()), "");
  }
  EXPECT_TRUE(is_told) << "no remover was seen";
}

std::string name_of(const testing::TestParamInfo<int>& number) { return sigabbrev_np(number.param); }

INSTANTIATE_TEST_SUITE_P(Of, SuperviseDeathTest,
                         testing::Values(SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGSEGV, SIGKILL), name_of);
INSTANTIATE_TEST_SUITE_P(Of, SuperviseForwardTest, testing::Values(SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGSEGV),
                         name_of);

TEST_F(SuperviseTest, TheProgramIsTheSupervisorsChildAndThePidFileNamesIt) {
  Child launched(supervised({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  const pid_t program = program_of(launched);
  EXPECT_NE(program, launched.pid());
  EXPECT_EQ(stat_fields(program)[4], std::to_string(launched.pid()));
  EXPECT_EQ(read_file(root() + "/probe.pid"), std::to_string(program));
  end(launched);
}

TEST_F(SuperviseTest, TheProgramDiesWithTheSupervisor) {
  Child launched(supervised({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  const pid_t program = program_of(launched);
  launched.send(SIGKILL);
  EXPECT_EQ(launched.wait().signal, SIGKILL);
  const int status = end_of(program);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  remove_jail();
}

TEST_F(SuperviseTest, TheProgramAndItsJailGoWhenTheCallerEnds) {
  Command caller = supervised({}, {"--sleep"});
  caller.argv.insert(caller.argv.begin(), {"/bin/sh", "-c", "\"$@\" & wait", "caller"});
  Child shell(caller);
  ASSERT_TRUE(shell.says("end"));
  shell.send(SIGKILL);
  EXPECT_EQ(shell.wait().signal, SIGKILL);
  wait_for_all_orphans();
  EXPECT_EQ(list(base()), "");
  EXPECT_TRUE(contains(report(), "\"signal\":9,")) << report();
}

// A Go program's threads come and go; its jails must not go with them.
TEST_F(SuperviseTest, TheProgramStaysWhenOnlyTheThreadThatLaunchedItEnds) {
  std::optional<Child> launched;
  bool started = false;
  std::thread([&] {
    launched.emplace(supervised({}, {"--sleep"}));
    started = launched->says("end");
  }).join();
  ASSERT_TRUE(started);
  // Had it been killed, this is not what it would end by.
  launched->send(SIGUSR1);
  const Outcome outcome = launched->wait();
  EXPECT_EQ(outcome.signal, SIGUSR1) << outcome.text();
}

TEST_F(SuperviseTest, InTheBackgroundTheProgramOutlivesTheCaller) {
  const Outcome launched = run(supervised({"--daemonize"}, {"--sleep"}));
  ASSERT_TRUE(launched.succeeded())
      << launched.text();  // the caller's process, and its own caller, have exited
  const pid_t program = std::atoi(read_file(root() + "/probe.pid").c_str());
  EXPECT_EQ(kill(program, SIGUSR1), 0);
  wait_for_all_orphans();
  EXPECT_TRUE(contains(report(), "\"signal\":" + std::to_string(SIGUSR1) + ",")) << report();
  EXPECT_EQ(list(base()), "");
}

TEST_F(SuperviseTest, WaitShowsHowTheProgramEnded) {
  ASSERT_EQ(run(supervised({}, {"--exit", "7"})).exit_status, 7);
  const std::string json = report();
  EXPECT_TRUE(contains(json, R"({"id":"jail","name":"probe","pid":)")) << json;
  EXPECT_TRUE(contains(json, R"("status":7,"signal":0,"started":)")) << json;
  EXPECT_TRUE(contains(json, R"("max_rss_kib":)")) << json;
}

TEST_F(SuperviseTest, AWaitUnderWayShowsHowTheProgramEnds) {
  Child launched(supervised({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  Child waiting(Command{{runner(), "wait", "--chroot-base-dir", base(), "jail"}});
  launched.send(SIGTERM);
  launched.wait();
  const Outcome outcome = waiting.wait();
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_TRUE(contains(outcome.out, "\"signal\":15,")) << outcome.text();
}

// The program has exited, and its supervisor has not yet written the report.
TEST_F(SuperviseTest, AWaitIsNotOverBeforeTheReportIsThere) {
  Child launched(supervised({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  launched.send(SIGSTOP);
  kill(program_of(launched), SIGKILL);
  const Outcome early = run({runner(), "wait", "--chroot-base-dir", base(), "--timeout", "1", "jail"});
  EXPECT_FALSE(early.succeeded()) << early.text();
  launched.send(SIGCONT);
  EXPECT_EQ(launched.wait().signal, SIGKILL);
  EXPECT_TRUE(contains(report(), "\"signal\":9,")) << report();
}

TEST_F(SuperviseTest, TheReportIsGoneOnceTheIdIsClaimedAgain) {
  ASSERT_EQ(run(supervised({}, {"--exit", "7"})).exit_status, 7);
  EXPECT_TRUE(contains(run({runner(), "ps", "--host"}).out, "/run/jailrun/exited/"));
  const Jailed next = start({});
  EXPECT_FALSE(contains(run({runner(), "ps", "--host"}).out, "/run/jailrun/exited/"));
}

TEST_F(SuperviseTest, TheReportIsKeptUntilItIsToBeRemoved) {
  ASSERT_EQ(run(supervised({}, {"--exit", "7"})).exit_status, 7);
  EXPECT_TRUE(run({runner(), "rm", "--host"}).succeeded());
  EXPECT_TRUE(contains(report(), "\"status\":7,")) << report();
  EXPECT_TRUE(run({runner(), "rm", "--reports"}).succeeded());
  EXPECT_FALSE(contains(run({runner(), "ps", "--host"}).out, "/run/jailrun/exited/"));
}

TEST_F(SuperviseTest, ThePipelineCanAskForIt) {
  write_file(scratch("supervised.conf"),
             "[jailrun]\nsupervise = yes\n" + read_file(pipeline("default.conf")));
  EXPECT_EQ(launch({"--pipeline", scratch("supervised.conf")}, {"--exit", "7"}).exit_status, 7);
  EXPECT_EQ(list(base()), "");
}

TEST_F(SuperviseTest, ALaunchThatFailsLeavesNothingAndNoReport) {
  ASSERT_TRUE(run(supervised({}, {})).succeeded());  // makes the directory for reports
  const std::string before = run({runner(), "ps", "--host"}).out;
  refusal(supervised({"--exec-file", broken_program()}, {}));
  EXPECT_EQ(run({runner(), "ps", "--host"}).out, before);
}

TEST_F(SuperviseTest, TheSupervisorSleepsInAtMostThreeHundredKibibytesOfPrivateMemory) {
  Child launched(supervised({}, {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  // It is the supervisor only after its own exec, which comes after the program's.
  while (command_of(launched.pid()).find("jailrun-supervisor") == std::string::npos ||
         stat_fields(launched.pid())[3] != "S")
    std::this_thread::yield();
  unsigned long private_kib = 0;
  for (const std::string& line :
       split_lines(read_file("/proc/" + std::to_string(launched.pid()) + "/smaps_rollup"))) {
    std::istringstream words(line);
    std::string key;
    unsigned long kib = 0;
    if (words >> key >> kib && (key == "Private_Clean:" || key == "Private_Dirty:")) private_kib += kib;
  }
  EXPECT_GT(private_kib, 0U);
  EXPECT_LE(private_kib, 300U);
  end(launched);
}

}  // namespace
}  // namespace jailrun::integration
