// SPDX-License-Identifier: Apache-2.0
// jailrun's own init as process 1 of the program's pid namespace.
#include "integration/support/jail_test.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class InitTest : public JailTest {
 protected:
  static Strings options(const Strings& more = {}) {
    Strings all = {"--pipeline", pipeline("firecracker.conf"), "--new-pid-ns", "--init"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // The pids of init's children, zombies among them.
  static Strings children_of(pid_t init) {
    const std::string number = std::to_string(init);
    Strings all;
    std::istringstream words(read_file("/proc/" + number + "/task/" + number + "/children"));
    for (std::string word; words >> word;) all.push_back(word);
    return all;
  }

  static bool comes_to_have_one_child(pid_t init) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (children_of(init).size() != 1) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  void TearDown() override {
    (void)run({runner(), "rm", "--host", "--reports"});
    JailTest::TearDown();
  }
};

TEST_F(InitTest, TheProgramIsItsChildAndThePidFileNamesInit) {
  const Jailed jailed = start_detached(options());
  EXPECT_EQ(jailed.report("pid"), "2");
  EXPECT_EQ(jailed.report("parent"), "1");
  EXPECT_EQ(read_file("/proc/" + std::to_string(jailed.pid()) + "/comm"), "jailrun-init\n");
  const Strings children = children_of(jailed.pid());
  ASSERT_EQ(children.size(), 1U);
  EXPECT_EQ(read_file("/proc/" + children.front() + "/comm"), "probe\n");
}

TEST_F(InitTest, ReapsWhatIsOrphaned) {
  const Jailed jailed = start_detached(options(), {"--orphans", "20"});
  EXPECT_EQ(jailed.report("pid"), "2");
  EXPECT_TRUE(comes_to_have_one_child(jailed.pid())) << children_of(jailed.pid()).size();
}

TEST_F(InitTest, WithoutItOrphansAreLeftToTheProgram) {
  const Jailed jailed =
      start_detached({"--pipeline", pipeline("firecracker.conf"), "--new-pid-ns"}, {"--orphans", "3"});
  EXPECT_EQ(jailed.report("pid"), "1");
  EXPECT_EQ(children_of(jailed.pid()).size(), 3U);
}

TEST_F(InitTest, ExitsWithTheProgramsStatus) {
  const Outcome outcome = launch(options({"--supervise"}), {"--exit", "7"});
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(list(base()), "");
}

TEST_F(InitTest, ExitsWith128AndTheSignalThatTheProgramDiedOf) {
  EXPECT_EQ(launch(options({"--supervise"}), {"--raise", "11"}).exit_status, 128 + SIGSEGV);
  EXPECT_EQ(list(base()), "");
}

TEST_F(InitTest, ForwardsSignalsToTheProgram) {
  for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGRTMAX}) {
    Child launched(command(options({"--supervise"}), {"--sleep"}));
    ASSERT_TRUE(launched.says("end"));
    launched.send(number);
    EXPECT_EQ(launched.wait().exit_status, 128 + number);
  }
  EXPECT_EQ(list(base()), "");
}

TEST_F(InitTest, RemovalAsksTheProgramToEnd) {
  ASSERT_TRUE(launch(options({"--daemonize"}), {"--sleep"}).succeeded());
  const Outcome removed = run(managing({"rm", "--force", "jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_FALSE(exists(jail()));
  end_orphans();
}

TEST_F(InitTest, ItsEndIsThatOfAllItsProcesses) {
  const Jailed jailed = start_detached(options({"--daemonize"}));
  const Strings children = children_of(jailed.pid());
  ASSERT_EQ(children.size(), 1U);
  end_process(jailed.pid());
  EXPECT_FALSE(exists("/proc/" + children.front()));
}

TEST_F(InitTest, AllEndWithTheSupervisor) {
  Child launched(command(options({"--supervise"}), {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  const pid_t init = std::stoi(read_file(root() + "/probe.pid"));
  launched.send(SIGKILL);
  EXPECT_EQ(launched.wait().signal, SIGKILL);
  int status = 0;
  EXPECT_EQ(waitpid(init, &status, 0), init);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  remove_jail();
}

TEST_F(InitTest, HasNothingThatTheProgramHasNot) {
  for (const uid_t uid : {kUid, uid_t{0}}) {
    const Jailed jailed = start_detached(options({"--uid", std::to_string(uid), "--daemonize"}));
    const std::string process = "/proc/" + std::to_string(jailed.pid());
    auto status = status_fields(jailed.pid());
    const std::string id = std::to_string(uid);
    EXPECT_EQ(status["Uid"], id + "\t" + id + "\t" + id + "\t" + id);
    EXPECT_EQ(status["Gid"], std::to_string(kGid) + "\t" + std::to_string(kGid) + "\t" +
                                 std::to_string(kGid) + "\t" + std::to_string(kGid));
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
      EXPECT_EQ(status[set], "0000000000000000");
    EXPECT_EQ(status["NoNewPrivs"], "1");
    EXPECT_EQ(status["Seccomp"], "2");
    EXPECT_EQ(descriptors(jailed.pid()), (std::map<int, std::string>()));
    EXPECT_EQ(read_file(process + "/environ"), "");
    // Of a process that can't be traced these are root's.
    struct stat owner {};
    ASSERT_EQ(stat((process + "/environ").c_str(), &owner), 0);
    EXPECT_EQ(owner.st_uid, 0U);
    EXPECT_EQ(namespace_of(jailed.pid(), "mnt"),
              namespace_of(std::stoi(children_of(jailed.pid()).front()), "mnt"));
  }
}

TEST_F(InitTest, IsSmall) {
  const Jailed jailed = start_detached(options({"--daemonize"}));
  EXPECT_EQ(jailed.report("pid"), "2");
  unsigned long private_kib = 0;
  std::istringstream lines(read_file("/proc/" + std::to_string(jailed.pid()) + "/smaps_rollup"));
  for (std::string line; std::getline(lines, line);)
    if (line.find("Private_Dirty:") == 0) private_kib = std::stoul(line.substr(line.find(':') + 1));
  EXPECT_LE(private_kib, 32U);
}

TEST_F(InitTest, AProgramOfTheSameUidCantTraceItNorEndIt) {
  const Jailed jailed = start_detached(options(), {"--try", "trace:1", "--try", "signal:1"});
  EXPECT_EQ(jailed.report_all("try"), (Strings{"trace:1 EPERM", "signal:1 yes"}));
}

TEST_F(InitTest, ARootProgramCantWriteToItsFile) {
  // By way of its /proc/1/exe, which root with all capabilities can open.
  const Jailed jailed = start_detached(options({"--uid", "0", "--gid", "0", "--new-privileges"}));
  const std::string exe = "/proc/" + std::to_string(jailed.pid()) + "/exe";
  EXPECT_EQ(open(exe.c_str(), O_WRONLY | O_CLOEXEC), -1);
  EXPECT_TRUE(errno == EROFS || errno == ETXTBSY) << strerrorname_np(errno);
}

TEST_F(InitTest, IsNotCountedByTheProgramsLimits) {
  const Outcome outcome = launch(options({"--supervise", "--resource-limit", "nproc=1", "--resource-limit",
                                          "no-file=3", "--resource-limit", "fsize=0"}),
                                 {"--exit", "7"});
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
}

TEST_F(InitTest, AFailingExecIsTheCallersFailureAndLeavesNothing) {
  for (const Strings& more : {Strings{}, Strings{"--daemonize"}, Strings{"--supervise"}}) {
    Strings all = options({"--exec-file", broken_program()});
    all.insert(all.end(), more.begin(), more.end());
    const std::string sentence = refusal(all);
    expect_mentions(sentence, {"exec /broken in jail jail: its loader or interpreter is not in the jail"});
  }
}

TEST_F(InitTest, AFailingExecUnderAFilterIsToldToo) {
  std::string filtered = pipeline_with("[pid-namespace]\n", "drop-privs");
  std::string text = read_file(filtered);
  write_file(filtered, text.insert(text.find("\n[exec]") + 1, "[seccomp]\nprofile = docker\n"));
  const std::string sentence =
      refusal({"--pipeline", filtered, "--new-pid-ns", "--init", "--exec-file", broken_program()});
  expect_mentions(sentence, {"exec /broken in jail jail: its loader or interpreter is not in the jail"});
}

TEST_F(InitTest, TheStartTimesCountTheTimeThatTheLaunchItselfTook) {
  const Jailed jailed = start_detached(options());
  const Strings words = jailed.report_all("argument");
  EXPECT_EQ(words.at(7), "--parent-cpu-time-us");
  EXPECT_GT(std::stoull(words.at(8)), 0U);
  EXPECT_LT(std::stoull(words.at(6)), std::stoull(words.at(8)));
}

}  // namespace
}  // namespace jailrun::integration
