// SPDX-License-Identifier: Apache-2.0
// What the program inherits besides ids, descriptors and limits, as the kernel and the program itself see it;
// and that a launch which fails with it is rolled back without it.
#include "integration/support/jail_test.hpp"
#include "integration/support/shell.hpp"
#include "integration/support/trace.hpp"
#include "integration/support/workplace.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/prctl.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr int kGetMemoryDeny = 66;  // PR_GET_MDWE of Linux 6.3

bool can_deny_memory() { return prctl(kGetMemoryDeny, 0, 0, 0, 0) >= 0; }

// What the kernel answers to PR_GET_SPECULATION_CTRL, or below 0.
int speculation(unsigned long which) { return prctl(PR_GET_SPECULATION_CTRL, which, 0, 0, 0); }
bool lacks_speculation_control() {
  const int state = speculation(PR_SPEC_STORE_BYPASS);
  return state < 0 || static_cast<unsigned long>(state) == PR_SPEC_ENABLE;
}

std::string first_word(const std::string& file) {
  const std::string text = read_file(file);
  return text.substr(0, text.find('\n'));
}

class ProcessTest : public JailTest {
 protected:
  // A pipeline file of one name: a second call replaces the first one's.
  Strings with(const std::string& settings, const Strings& more = {}) const {
    Strings options = {"--pipeline", pipeline_with("[pid-namespace]\n[process]\n" + settings, "drop-privs")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  std::string tried(const Strings& options, const std::string& what) {
    const Outcome outcome = launch_and_remove(options, {"--try", what});
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    const Strings all = reported(outcome.out, "try");
    return all.empty() ? "" : all.back().substr(all.back().find(' ') + 1);
  }
  // The launch as the job of a shell that leads the terminal's session, or, `leads`, in that one's place:
  // what it wrote there. `typed` is typed once the program says "end".
  std::string on_terminal(const Strings& options, const Strings& arguments, const std::string& typed = "",
                          bool leads = false);
};

const std::string kPriorities =
    "nice = 10\npolicy = batch\nio-priority = idle\naffinity = 0\noom-score-adj = 700\numask = 077\n"
    "no-core-dumps = yes\n";

std::string ProcessTest::on_terminal(const Strings& options, const Strings& arguments,
                                     const std::string& typed, bool leads) {
  Command job = command(options, arguments);
  const std::vector<char*> argv = argv_of(job.argv);
  int terminal = -1;
  const pid_t shell = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (shell == 0 && leads) {
    execv(argv[0], argv.data());
    _exit(127);
  }
  if (shell == 0) {
    const pid_t child = start_job(argv);
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status));
  }
  std::string said;
  char piece[512];
  bool is_typed = typed.empty();
  for (ssize_t size = 0; (size = read(terminal, piece, sizeof piece)) > 0;) {
    said.append(piece, static_cast<size_t>(size));
    if (is_typed || said.find("end\r\n") == std::string::npos) continue;
    is_typed = write(terminal, typed.data(), typed.size()) > 0;
  }
  int status = -1;
  waitpid(shell, &status, 0);
  close(terminal);
  return said + "exit " + std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

TEST_F(ProcessTest, PrioritiesReachTheProgramInEveryMode) {
  const auto expect = [&](const Jailed& jailed) {
    EXPECT_EQ(jailed.report("nice"), "10");
    EXPECT_EQ(jailed.report("scheduling"), std::to_string(SCHED_BATCH));
    EXPECT_EQ(jailed.report("io-class"), std::to_string(IOPRIO_CLASS_IDLE));
    EXPECT_EQ(jailed.report_all("cpu"), Strings{"0"});
    EXPECT_EQ(jailed.report("umask"), "0077");
    const Strings limits = jailed.report_all("limit");
    EXPECT_EQ(std::count(limits.begin(), limits.end(), "core 1 1"), 1);
    EXPECT_EQ(first_word("/proc/" + std::to_string(jailed.pid()) + "/oom_score_adj"), "700");
    EXPECT_EQ(stat_fields(jailed.pid())[19], "10");
  };
  expect(start(with(kPriorities)));
  expect(start(with(kPriorities, {"--uid", "0", "--gid", "0"})));
  expect(start_detached(with(kPriorities, {"--new-pid-ns"})));
  expect(start_daemon(with(kPriorities)));
}

// As the caller's were: the tests' own.
TEST_F(ProcessTest, WithoutSettingsNothingIsChanged) {
  const Jailed jailed = start(with(""));
  EXPECT_EQ(jailed.report("nice"), stat_fields(getpid())[19]);
  EXPECT_EQ(jailed.report("umask"), "0022");
  const std::string pid = std::to_string(jailed.pid());
  EXPECT_EQ(read_file("/proc/" + pid + "/oom_score_adj"), read_file("/proc/self/oom_score_adj"));
}

TEST_F(ProcessTest, AHigherPriorityIsRootsToGive) {
  if (prctl(PR_CAPBSET_READ, CAP_SYS_NICE) != 1) GTEST_SKIP() << "root has no CAP_SYS_NICE here";
  const Jailed jailed = start(with("nice = -3\nio-priority = real-time:2\n"));
  EXPECT_EQ(jailed.report("nice"), "-3");
  EXPECT_EQ(jailed.report("io-class"), std::to_string(IOPRIO_CLASS_RT));
}

// Root may lack the capability in a container.
TEST_F(ProcessTest, ALowerScoreNeedsACapability) {
  const Strings lower = with("oom-score-adj = -5\n");
  if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE) != 1) {
    expect_mentions(refusal(lower), {"needs capabilities that the process lacks: CAP_SYS_RESOURCE"});
    return;
  }
  const Jailed jailed = start(lower);
  EXPECT_EQ(first_word("/proc/" + std::to_string(jailed.pid()) + "/oom_score_adj"), "-5");
}

TEST_F(ProcessTest, APolicyCanBeRealTime) {
  const Outcome outcome = launch(with("policy = rr:3\n"));
  if (outcome.err.find("real-time budget") != std::string::npos) GTEST_SKIP() << outcome.err;
  EXPECT_EQ(reported(outcome.out, "scheduling"), Strings{std::to_string(SCHED_RR)}) << outcome.text();
  remove_jail();
}

TEST_F(ProcessTest, MemoryIsNotWritableAndExecutable) {
  if (!can_deny_memory()) GTEST_SKIP() << "this kernel has no PR_SET_MDWE (Linux 6.3)";
  const std::string denied = "memory-deny-write-execute = yes\n";
  for (const std::string what : {"memory:both", "memory:later"}) {
    EXPECT_EQ(tried(with(""), what), "yes") << what;
    EXPECT_EQ(tried(with(denied), what), "EACCES") << what;
    EXPECT_EQ(tried(with(denied, {"--uid", "0", "--gid", "0"}), what), "EACCES") << what;
    const Outcome supervised = launch(with(denied, {"--supervise"}), {"--try", what});
    EXPECT_EQ(reported(supervised.out, "try"), Strings{what + " EACCES"}) << supervised.text();
  }
  run({runner(), "rm", "--host", "--reports"});
}

TEST_F(ProcessTest, SpeculationIsStoppedWhereTheHostCanOrItSaysWhyNot) {
  const std::string setting = "no-speculation = store-bypass\n";
  if (lacks_speculation_control()) {
    expect_mentions(refusal(with(setting)),
                    {"stage process", "store-bypass", "'unsupported = warn' goes without it"});
    const Outcome outcome = launch_and_remove(with(setting + "unsupported = warn\n"));
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    expect_mentions(outcome.err, {"the program runs without this", "store-bypass"});
    return;
  }
  const Jailed jailed = start(with(setting));
  const std::string state = status_fields(jailed.pid())["Speculation_Store_Bypass"];
  if ((static_cast<unsigned long>(speculation(PR_SPEC_STORE_BYPASS)) & PR_SPEC_PRCTL) != 0) {
    EXPECT_EQ(state, "thread force mitigated");
  }
}

TEST_F(ProcessTest, TheTimeStampCounterCanBeDenied) {
  int state = 0;
  if (prctl(PR_GET_TSC, &state, 0, 0, 0) != 0) {
    expect_mentions(refusal(with("tsc = deny\n")), {"time-stamp counter", "'unsupported = warn'"});
    return;
  }
  EXPECT_EQ(tried(with(""), "tsc:"), "yes");
  EXPECT_EQ(tried(with("tsc = deny\n"), "tsc:"), "SIGSEGV");
  EXPECT_EQ(tried(with("tsc = deny\n", {"--uid", "0", "--gid", "0"}), "tsc:"), "SIGSEGV");
  // The rollback reads clocks.
  for (const Strings& mode : {Strings{}, Strings{"--uid", "0", "--gid", "0"}, Strings{"--new-pid-ns"}}) {
    Strings options = with("tsc = deny\n", mode);
    options.insert(options.end(), {"--exec-file", broken_program(), "--log-level", "debug"});
    const Outcome failed = launch(options);
    EXPECT_EQ(failed.exit_status, 1) << failed.text();
    EXPECT_EQ(list(base()), "");
  }
}

TEST_F(ProcessTest, CoreSchedulingIsThereOrItSaysWhyNot) {
  unsigned long cookie = 0;
  constexpr int kSchedCore = 62;
  const bool is_there =
      prctl(kSchedCore, 0, 0, 0, reinterpret_cast<unsigned long>(&cookie)) == 0 || errno == ENODEV;
  const Strings options = with("core-scheduling = yes\n");
  const bool is_needed = read_file("/sys/devices/system/cpu/smt/active") != "0\n";
  if (!is_there && is_needed) {
    expect_mentions(refusal(options), {"core scheduling (CONFIG_SCHED_CORE)", "'unsupported = warn'"});
    EXPECT_TRUE(launch_and_remove(with("core-scheduling = yes\nunsupported = warn\n")).succeeded());
    return;
  }
  const Jailed jailed = start(options);
  unsigned long programs = 0;
  if (prctl(kSchedCore, 0, jailed.pid(), 0, reinterpret_cast<unsigned long>(&programs)) == 0) {
    EXPECT_NE(programs, 0U);
    EXPECT_NE(programs, cookie);
  }
}

TEST_F(ProcessTest, ThePlanSaysWhatTheKernelLacks) {
  if (!lacks_speculation_control()) GTEST_SKIP() << "this host can stop speculation";
  Strings options = with("no-speculation = store-bypass\nunsupported = warn\n");
  options.insert(options.begin(), "plan");
  expect_mentions(launch(options).out, {"no-speculation", "store-bypass", "(done without: "});
}

TEST_F(ProcessTest, AProgramThatSharesTheTerminalCanTypeIntoItAndOneThatIsDetachedCant) {
  const Strings arguments = {"--try", "inject:0"};
  const std::string shared = on_terminal(with("terminal = share\n"), arguments);
  remove_jail();
  if (shared.find("try inject:0 EIO") != std::string::npos) GTEST_SKIP() << "this kernel has no TIOCSTI";
  EXPECT_NE(shared.find("try inject:0 yes"), std::string::npos) << shared;
  for (const Strings& mode : {Strings{}, Strings{"--supervise"}}) {
    const std::string detached = on_terminal(with("terminal = detach\n", mode), arguments);
    EXPECT_NE(detached.find("try inject:0 EPERM"), std::string::npos) << detached;
    EXPECT_NE(detached.find("exit 0"), std::string::npos) << detached;
    if (mode.empty()) remove_jail();
  }
  run({runner(), "rm", "--host", "--reports"});
}

TEST_F(ProcessTest, CtrlCReachesADetachedProgram) {
  const std::string text = on_terminal(with("terminal = detach\n"), {"--sleep"}, "\x03");
  EXPECT_NE(text.find("exit " + std::to_string(100 + SIGINT)), std::string::npos) << text;
  remove_jail();
}

TEST_F(ProcessTest, WithoutATerminalThereIsNothingToLeave) {
  Command wanted = command(with("terminal = detach\n"), {"--exit", "0"});
  wanted.in_child = [] { setsid(); };
  EXPECT_TRUE(run(wanted).succeeded());
  remove_jail();
  const Jailed daemon = start_daemon(with("terminal = detach\n"));
  EXPECT_EQ(stat_fields(daemon.pid())[7], "0");
}

TEST_F(ProcessTest, WhoLeadsTheTerminalsSessionIsToldBeforeAnythingIsMade) {
  const std::string text = on_terminal(with("terminal = detach\n"), {}, "", true);
  expect_mentions(text, {"jailrun leads the session of its terminal", "--supervise", "exit 1"});
  EXPECT_EQ(list(base()), "");
}

TEST_F(ProcessTest, AFailedExecLeavesNothing) {
  const std::string settings =
      kPriorities + "terminal = detach\n" + (can_deny_memory() ? "memory-deny-write-execute = yes\n" : "");
  for (const Strings& mode : {Strings{}, Strings{"--uid", "0", "--gid", "0"}, Strings{"--new-pid-ns"},
                              Strings{"--daemonize"}, Strings{"--supervise"}}) {
    Strings options = with(settings, mode);
    options.insert(options.end(), {"--exec-file", broken_program()});
    expect_mentions(refusal(options), {"exec /broken in jail jail", "No such file or directory"});
  }
}

// The process itself rolls back, and not with what the program would have had.
TEST_F(ProcessTest, ARollbackHasThePrioritiesThatTheLaunchBeganWith) {
  if (!has_mount_setattr()) GTEST_SKIP() << "a guard rolls back: " << kNoMountSetattr;
  Strings options = with("nice = 10\npolicy = idle\nio-priority = idle\noom-score-adj = 700\naffinity = 0\n");
  options.insert(options.end(), {"--exec-file", broken_program()});
  const std::string trace = workplace() + "/trace";
  const std::string error = refusal(
      traced(command(options), trace,
             "setpriority,sched_setscheduler,ioprio_set,sched_setaffinity,execve,setresuid,unlinkat"));
  Strings calls;
  size_t failed_exec = 0;
  for (const SystemCall& call : read_trace(trace)) {
    calls.push_back(call.name);
    if (call.name == "execve") failed_exec = calls.size();
  }
  std::filesystem::remove(trace);
  const auto begin = calls.begin() + static_cast<std::ptrdiff_t>(failed_exec);
  const auto removal = std::find(begin, calls.end(), "unlinkat");
  for (const std::string name : {"setpriority", "sched_setscheduler", "ioprio_set", "sched_setaffinity"})
    EXPECT_EQ(std::count(begin, removal, name), 1) << name << ": " << error;
}

TEST_F(ProcessTest, BadValuesAreToldTogetherBeforeAnythingIsMade) {
  expect_mentions(
      refusal(with("nice = 20\npolicy = deadline\nterminal = own\n")),
      {".conf:", ": nice: '20'", ": policy: 'deadline'", ": terminal: 'own' is none of share, detach, pty"});
}

TEST_F(ProcessTest, CpusAndANodeContradictEachOther) {
  if (!exists("/sys/devices/system/node/node0/cpulist")) GTEST_SKIP() << "this kernel knows no NUMA nodes";
  const std::string pipeline = scratch("no-cpuset.conf");
  std::string text = read_file(pipeline_with("[process]\naffinity = 0\n", "drop-privs"));
  const size_t at = text.find("[cgroup-v1]");
  write_file(pipeline, text.erase(at, text.find("\n[", at) + 1 - at));
  expect_mentions(
      refusal({"--pipeline", pipeline, "--node", "0"}),
      {"stage process (", "runs the program on CPUs 0", "stage numa (--node) on those of node 0"});
}

}  // namespace
}  // namespace jailrun::integration
