// SPDX-License-Identifier: Apache-2.0
// What the program is given by a launch by the jailer's name, and what its start and end are to the caller.
#include "integration/jailer/client.hpp"

#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class JailersProgramTest : public JailerTest {};

unsigned long long microseconds_now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<unsigned long long>(time.tv_sec) * 1000000 +
         static_cast<unsigned long long>(time.tv_nsec) / 1000;
}

struct StartTimes {
  unsigned long long start;
  unsigned long long cpu;
  unsigned long long parent_cpu;
};
StartTimes times_of(const Strings& words) {
  EXPECT_EQ(words.at(3) + words.at(5) + words.at(7),
            "--start-time-us--start-time-cpu-us--parent-cpu-time-us");
  return {std::stoull(words.at(4)), std::stoull(words.at(6)), std::stoull(words.at(8))};
}

TEST_F(JailersProgramTest, GetsItsIdAndPlausibleTimesBeforeItsOwnArguments) {
  const unsigned long long before = microseconds_now();
  const Jailed jailed = start_as_jailer({}, {"--api-sock", "/run/api.socket"});
  const Strings words = jailed.report_all("argument");
  EXPECT_EQ(words.at(0) + words.at(1) + words.at(2), "/probe--idjail");
  EXPECT_EQ(Strings(words.begin() + 9, words.end()), (Strings{"--api-sock", "/run/api.socket", "--sleep"}));
  const StartTimes times = times_of(words);
  EXPECT_GE(times.start, before);
  EXPECT_LE(times.start, microseconds_now());
  EXPECT_GT(times.cpu, 0U);
  EXPECT_LT(times.cpu, microseconds_now() - before);  // it has one thread at work
  EXPECT_EQ(times.parent_cpu, 0U);                    // in place no process was before it
}

// Clients compute from these how long the start took, and the launch's own work belongs to it.
TEST_F(JailersProgramTest, ItsTimesBeginWithTheLaunchAndNotWithTheProgram) {
  // To copy it takes longer than anything else, and nearly all of that is CPU time.
  constexpr size_t kPadding = 96UL << 20;
  constexpr unsigned long long kTick = 10000;  // the clock of files, in microseconds, is that coarse
  write_file(scratch("padded"), read_file(test_file("probe")) + std::string(kPadding, 'x'));
  chmod(scratch("padded").c_str(), 0755);
  const Jailed jailed =
      start_command(as_jailer({"--exec-file", scratch("padded")}, {"--sleep"}), "jail", "padded");
  const StartTimes times = times_of(jailed.report_all("argument"));
  struct stat made {};
  timespec real{};
  ASSERT_EQ(stat((root("jail", "padded") + "/run").c_str(), &made), 0);  // just before the copy
  clock_gettime(CLOCK_REALTIME, &real);
  const auto ago =
      (real.tv_sec - made.st_mtim.tv_sec) * 1000000 + (real.tv_nsec - made.st_mtim.tv_nsec) / 1000;
  EXPECT_LT(times.start, microseconds_now() - static_cast<unsigned long long>(ago) + kTick);
  EXPECT_LT(times.cpu, kTick);
}

TEST_F(JailersProgramTest, IsToldInTheBackgroundWhatItsParentsUsed) {
  for (const char* option : {"--daemonize", "--new-pid-ns"}) {
    const unsigned long long before = microseconds_now();
    const Jailed jailed = start_behind_jailer({option});
    const StartTimes times = times_of(jailed.report_all("argument"));
    EXPECT_GE(times.start, before) << option;
    EXPECT_GT(times.parent_cpu, 0U) << option;
    EXPECT_LT(times.parent_cpu, microseconds_now() - before) << option;
    EXPECT_EQ(times.cpu, 0U) << option;  // a child's own clock begins with it
  }
}

// All that can leak from a caller at once.
TEST_F(JailersProgramTest, GetsNothingOfTheCallersButItsStreams) {
  const std::string file = scratch("secret");
  write_file(file, "");
  const Jailed jailed = start_as_jailer({}, {}, [file] {
    const gid_t groups[] = {0, 4, 27};
    setgroups(3, groups);
    dup2(open(file.c_str(), O_RDWR), 9);
    umask(0777);
    for (const int number : {SIGPIPE, SIGHUP, SIGCHLD, SIGUSR1}) signal(number, SIG_IGN);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    setenv("SECRET", "1", 1);
  });
  EXPECT_EQ(jailed.report_all("environment"), Strings{});
  EXPECT_EQ(jailed.report_all("fd").size(), 3U);
  EXPECT_EQ(descriptors(jailed.pid()).size(), 3U);
  EXPECT_EQ(jailed.report("cwd"), "/");
  EXPECT_EQ(jailed.report("uid"), "1234 1234 1234");
  EXPECT_EQ(jailed.report("gid"), "4321 4321 4321");
  EXPECT_EQ(jailed.report("groups"), "0");
  EXPECT_EQ(jailed.report("umask"), "0022");
  EXPECT_EQ(jailed.report_all("ignored"), Strings{});
  EXPECT_EQ(jailed.report_all("blocked"), Strings{});
}

TEST_F(JailersProgramTest, SeesMountsThatTheHostMakesLaterAndTheHostNoneOfItsOwn) {
  ASSERT_EQ(mount(base().c_str(), base().c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_SHARED, nullptr), 0);
  {
    const Jailed jailed = start_as_jailer({});
    ASSERT_EQ(mounts(jailed.pid()).size(), 1U);
    EXPECT_EQ(mounts(jailed.pid())[0].propagation.rfind("master:", 0), 0U) << "no slave of the host's mount";
    ASSERT_EQ(mount("tmpfs", (root() + "/run").c_str(), "tmpfs", 0, nullptr), 0);
    EXPECT_EQ(mounts(jailed.pid()).back().target, "/run");
    umount2((root() + "/run").c_str(), MNT_DETACH);
  }
  umount2(base().c_str(), MNT_DETACH);
}

TEST_F(JailersProgramTest, MayHave2048OpenFilesUnlessTold) {
  const auto has = [](const Jailed& jailed, const std::string& limit) {
    const Strings all = jailed.report_all("limit");
    return std::find(all.begin(), all.end(), limit) != all.end();
  };
  {
    const Jailed jailed = start_as_jailer({});
    EXPECT_TRUE(has(jailed, "no-file 2048 2048"));
    EXPECT_TRUE(has(jailed, "fsize unlimited unlimited"));
  }
  const Jailed jailed = start_as_jailer({"--resource-limit", "no-file=77"});
  EXPECT_TRUE(has(jailed, "no-file 77 77"));
}

TEST_F(JailersProgramTest, IsTheCallersChildWithItsExitStatus) {
  {
    const Jailed jailed = start_as_jailer({});
    EXPECT_EQ(jailed.report("pid"), std::to_string(jailed.pid()));
    EXPECT_EQ(all_processes(), (std::vector<pid_t>{getpid(), jailed.pid()}));
  }
  for (const int status : {0, 1, 153}) {
    const Outcome outcome = run(as_jailer({}, {"--exit", std::to_string(status)}));
    EXPECT_EQ(outcome.exit_status, status);
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.out.rfind("argument /probe\n", 0), 0U) << "something else wrote on its stdout first";
    remove_jail();
  }
}

TEST_F(JailersProgramTest, IsInTheBackgroundInASessionThatItDoesNotLeadWithStreamsItCanWriteTo) {
  const Jailed jailed = start_behind_jailer({"--daemonize"});
  EXPECT_NE(jailed.report("session"), std::to_string(getsid(0)));
  EXPECT_NE(jailed.report("session"), jailed.report("pid"));
  EXPECT_EQ(jailed.report_all("fd"), (Strings{"0 read-write 1:3", "1 read-write 1:3", "2 read-write 1:3"}));
}

// ---- a caller that leads a session, as the shell of a terminal or a unit of systemd does

class TerminalTest : public JailerTest {
 protected:
  void SetUp() override {
    JailerTest::SetUp();
    terminal_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_TRUE(terminal_ >= 0 && grantpt(terminal_) == 0 && unlockpt(terminal_) == 0);
    char name[64];
    ASSERT_EQ(ptsname_r(terminal_, name, sizeof name), 0);
    line_ = name;
  }
  void TearDown() override {
    close(terminal_);
    JailerTest::TearDown();
  }
  // When a session's leader ends, the kernel sends SIGHUP to the foreground of its terminal.
  std::function<void()> lead_a_session() const {
    return [line = line_] {
      const int fd = setsid() < 0 ? -1 : open(line.c_str(), O_RDWR | O_CLOEXEC);
      if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0 || tcsetpgrp(fd, getpid()) != 0) _exit(126);
    };
  }

  int terminal_ = -1;
  std::string line_;
};

// Nothing proves that a signal never comes; another process, that shared the terminal, shows that
// it was sent.
TEST_F(TerminalTest, ItsEndIsNoHangUpForAProgramInAPidNamespace) {
  Command shell{{"sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"}};
  shell.in_child = lead_a_session();
  const pid_t hung_up = std::atoi(run(shell).out.c_str());
  ASSERT_GT(hung_up, 0);
  int status = 0;
  ASSERT_EQ(waitpid(hung_up, &status, 0), hung_up);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);

  const Jailed jailed = start_behind_jailer({"--new-pid-ns"}, {}, lead_a_session());
  EXPECT_EQ(jailed.report("pid"), "1");
  EXPECT_EQ(stat_fields(jailed.pid())[7], "0") << "it has a controlling terminal";
  EXPECT_EQ(status_fields(jailed.pid())["State"].substr(0, 1), "S");
}

TEST_F(TerminalTest, ItsEndIsNoHangUpForADaemon) {
  const Jailed jailed = start_behind_jailer({"--daemonize"}, {}, lead_a_session());
  EXPECT_NE(jailed.report("pid"), jailed.report("session"));
  EXPECT_EQ(stat_fields(jailed.pid())[7], "0") << "it has a controlling terminal";
  EXPECT_EQ(status_fields(jailed.pid())["State"].substr(0, 1), "S");
}

}  // namespace
}  // namespace jailrun::integration
