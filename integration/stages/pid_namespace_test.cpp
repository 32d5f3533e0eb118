// SPDX-License-Identifier: Apache-2.0
// The program as process 1 of a pid namespace of its own.
#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <signal.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class PidNamespaceTest : public JailTest {
 protected:
  static Strings options(const Strings& more = {}) {
    Strings all = {"--pipeline", pipeline("firecracker.conf"), "--new-pid-ns"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::string namespace_of(pid_t pid) {
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/ns/pid");
  }
};

TEST_F(PidNamespaceTest, TheProgramIsProcess1OfANewOne) {
  const Jailed jailed = start_detached(options());
  EXPECT_EQ(jailed.report("pid"), "1");
  EXPECT_NE(namespace_of(jailed.pid()), namespace_of(getpid()));
}

TEST_F(PidNamespaceTest, ThePidFileHoldsThePidThatTheCallerKnowsItBy) {
  const Jailed jailed = start_detached(options());
  const std::string pid = read_file(root() + "/probe.pid");
  EXPECT_EQ(read_file("/proc/" + pid + "/comm"), "probe\n");
  EXPECT_EQ(std::stoi(pid), jailed.pid());
}

TEST_F(PidNamespaceTest, TheCallerReturnsOnceTheProgramIsStarted) {
  const Outcome launched = launch(options(), {"--exit", "7"});
  EXPECT_EQ(launched.exit_status, 0) << launched.text();
  end_orphans();
  remove_jail();
}

TEST_F(PidNamespaceTest, WithoutDaemonizeTheStreamsAreTheCallers) {
  const Outcome launched = launch(options(), {"--exit", "0"});
  EXPECT_EQ(reported(launched.out, "pid"), Strings{"1"}) << launched.text();
  end_orphans();
  remove_jail();
}

TEST_F(PidNamespaceTest, WithDaemonizeItIsInASessionOfItsOwnToo) {
  const Jailed jailed = start_detached(options({"--daemonize"}));
  EXPECT_EQ(jailed.report("pid"), "1");
  EXPECT_NE(stat_fields(jailed.pid())[6], stat_fields(getpid())[6]);
  EXPECT_EQ(all_processes(), (std::vector<pid_t>{getpid(), jailed.pid()}));
}

TEST_F(PidNamespaceTest, SupervisedTheStatusIsTheProgramsAndTheJailGoesWithIt) {
  const Outcome outcome = launch(options({"--supervise"}), {"--exit", "7"});
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  EXPECT_FALSE(exists(jail()));
  run({runner(), "rm", "--host", "--reports"});
}

TEST_F(PidNamespaceTest, ALiveOneIsRemovedByForce) {
  ASSERT_TRUE(launch(options({"--daemonize"}), {"--sleep"}).succeeded());
  const Outcome removed =
      run({runner(), "rm", "--force", "--timeout", "0", "--chroot-base-dir", base(), "jail"});
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_FALSE(exists(jail()));
  end_orphans();
}

TEST_F(PidNamespaceTest, AFailingExecIsTheCallersFailureAndLeavesNothing) {
  refusal(options({"--exec-file", broken_program()}));
  refusal(options({"--exec-file", broken_program(), "--daemonize"}));
}

TEST_F(PidNamespaceTest, TheStartTimesCountTheTimeThatTheLaunchItselfTook) {
  const Jailed jailed = start_detached(options());
  const Strings words = jailed.report_all("argument");
  EXPECT_EQ(words.at(7), "--parent-cpu-time-us");
  EXPECT_GT(std::stoull(words.at(8)), 0U);
  // Its own clock began with the process.
  EXPECT_LT(std::stoull(words.at(6)), std::stoull(words.at(8)));
}

}  // namespace
}  // namespace jailrun::integration
