// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

// Line 4 is the first of the settings.
Launch launch(const std::string& settings, const std::string& before = "") {
  return Launch().pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n" + before +
                           "[process]\n" + settings + "[drop-privs]\n[exec]\n");
}
std::string plan(const std::string& settings) {
  // What the kernel of the tests lacks is not told here.
  return launch("unsupported = warn\n" + settings).plan_of("process");
}

// The sentence after the origin.
std::string refused(const std::string& setting, const std::string& begins) {
  const std::string text = plan(setting);
  EXPECT_EQ(text.find("refused: stage process: "), 0U) << text;
  EXPECT_NE(text.find("test.conf:6"), std::string::npos) << text;
  const size_t at = text.find(begins);
  return at == std::string::npos ? text : text.substr(at);
}

TEST(ProcessStage, PlansNothingIfNothingIsSaid) { EXPECT_EQ(launch("").plan_of("process"), ""); }

TEST(ProcessStage, PlansPriorities) {
  EXPECT_EQ(plan("nice = 10\n"), "enter nice 10\n");
  EXPECT_EQ(plan("nice = +10\n"), "enter nice 10\n");
  EXPECT_EQ(plan("policy = idle\n"), "enter policy idle\n");
  EXPECT_EQ(plan("policy = fifo:10\n"), "enter policy fifo 10\n");
  EXPECT_EQ(plan("io-priority = best-effort\n"), "enter io-priority best-effort 4\n");
  EXPECT_EQ(plan("io-priority = real-time:0\n"), "enter io-priority real-time 0\n");
  EXPECT_EQ(plan("io-priority = idle\n"), "enter io-priority idle\n");
  EXPECT_EQ(plan("affinity = 0\n"), "enter affinity CPUs 0\n");
  EXPECT_EQ(plan("oom-score-adj = -500\n"),
            "prepare open-proc /proc  for setting the OOM score\nenter oom-score -500\n");
}

TEST(ProcessStage, PlansHardening) {
  EXPECT_EQ(plan("memory-deny-write-execute = yes\n").find("enter deny writable and executable memory"), 0U);
  EXPECT_EQ(plan("core-scheduling = yes\n").find("enter core-scheduling a cookie of its own"), 0U);
  const std::string both = plan("no-speculation = all\n");
  EXPECT_NE(both.find("enter no-speculation store-bypass"), std::string::npos) << both;
  EXPECT_NE(both.find("enter no-speculation indirect-branch"), std::string::npos) << both;
  EXPECT_EQ(plan("no-speculation = indirect-branch\n").find("store-bypass"), std::string::npos);
  EXPECT_EQ(plan("no-core-dumps = yes\n"), "enter limit core  1\n");
}

TEST(ProcessStage, DetachesFromTheTerminal) {
  EXPECT_EQ(plan("terminal = detach\n"),
            "prepare open-terminal /dev/tty  if jailrun has one\nenter leave-terminal /dev/tty\n");
  EXPECT_EQ(plan("terminal = share\n"), "");
}

// Its owner is the program, which the credentials tell later.
TEST(ProcessStage, GivesItATerminalOfItsOwn) {
  Launch wanted = launch("terminal = pty\n");
  EXPECT_NE(wanted.plan_of("process").find("test.conf:5"), std::string::npos) << wanted.plan_of("process");
  EXPECT_NE(wanted.plan_of("process").find("add --supervise"), std::string::npos);
}

TEST(ProcessStage, GivesTheExecItsUmask) {
  EXPECT_EQ(plan("umask = 077\n"), "");
  EXPECT_NE(launch("umask = 77\n").plan_of("exec").find("(umask 077)"), std::string::npos);
  EXPECT_NE(launch("umask = 0\n").plan_of("exec").find("(umask "), std::string::npos);
}

TEST(ProcessStage, RefusesBadValues) {
  EXPECT_EQ(refused("nice = 20\n", "'"), "'20' is not a number from -20 to 19\n");
  EXPECT_EQ(refused("nice = x\n", "'"), "'x' is not a number from -20 to 19\n");
  EXPECT_EQ(refused("oom-score-adj = 1001\n", "'"), "'1001' is not a number from -1000 to 1000\n");
  for (const std::string policy : {"fifo", "fifo:0", "fifo:100", "idle:1", "deadline", "rr:"})
    EXPECT_EQ(
        refused("policy = " + policy + "\n", "'"),
        "'" + policy +
            "' is not other, batch, idle, fifo:PRIORITY or rr:PRIORITY, with a priority from 1 to 99\n");
  for (const std::string priority : {"idle:1", "best-effort:8", "none", "real-time:"})
    EXPECT_EQ(refused("io-priority = " + priority + "\n", "'"),
              "'" + priority +
                  "' is not idle, best-effort[:LEVEL] or real-time[:LEVEL], with a level from 0 to 7\n");
  for (const std::string cpus : {"0-", "1-0", "a", "0,,1", "-1", "0,", "9999"})
    EXPECT_EQ(refused("affinity = " + cpus + "\n", "'"),
              "'" + cpus + "' is not a list of CPUs, such as 0-3,8\n");
  EXPECT_EQ(refused("affinity = 0,1023\n", "CPU ").substr(0, 41),
            "CPU 1023 is not online on this host, whic");
  for (const std::string mask : {"8", "1000", "-1", "+7"})
    EXPECT_EQ(refused("umask = " + mask + "\n", "'"),
              "'" + mask + "' is not an octal number from 0 to 777\n");
  EXPECT_EQ(refused("terminal = own\n", "'"), "'own' is none of share, detach, pty\n");
  EXPECT_EQ(refused("no-speculation = store-bypass,all,x\n", "'"),
            "'x' is none of store-bypass, indirect-branch, all\n");
}

TEST(ProcessStage, TellsAllThatIsWrongAtOnce) {
  const std::string text =
      launch("nice = 20\npolicy = x\numask = 9\nunsupported = maybe\n").plan_of("process");
  for (const char* part : {"test.conf:5: nice: '20'", "test.conf:6: policy: 'x'", "test.conf:7: umask: '9'",
                           "test.conf:8: unsupported: 'maybe'"})
    EXPECT_NE(text.find(part), std::string::npos) << part << ": " << text;
}

TEST(ProcessStage, MustComeBeforeTheCredentials) {
  const std::string text = Launch()
                               .pipeline(
                                   "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n"
                                   "[process]\n[exec]\n")
                               .plan();
  EXPECT_NE(text.find("process"), std::string::npos) << text;
  EXPECT_NE(text.find("must come before"), std::string::npos) << text;
}

TEST(ProcessStage, SaysWhichStagesContradictEachOther) {
  const std::string text = launch("affinity = 0\n", "[numa]\n").set("node", "0").plan();
  if (text.find("does not exist on this host") != std::string::npos) GTEST_SKIP() << text;
  EXPECT_NE(text.find("stage process (test.conf:"), std::string::npos) << text;
  EXPECT_NE(text.find("runs the program on CPUs 0, and stage numa (--node) on those of node 0"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace jailrun::tests
