// SPDX-License-Identifier: Apache-2.0
// What the program is started with, and what its end is to the caller.
#include "integration/support/jail_test.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using ExecTest = JailTest;

TEST_F(ExecTest, TheFirstArgumentIsTheProgramsPathInTheJail) {
  const Jailed jailed = start({});
  EXPECT_EQ(jailed.report_all("argument")[0], "/probe");
}

TEST_F(ExecTest, TheJailersArgumentsPrecedeTheProgramsOwn) {
  const Jailed jailed = start({}, {"--api-sock", "/run/api.socket"});
  const Strings words = jailed.report_all("argument");
  ASSERT_EQ(words.size(), 12U);
  EXPECT_EQ(words[1] + " " + words[2], "--id jail");
  EXPECT_EQ(words[3], "--start-time-us");
  EXPECT_EQ(words[5], "--start-time-cpu-us");
  EXPECT_EQ(words[7], "--parent-cpu-time-us");
  EXPECT_EQ(words[9] + " " + words[10], "--api-sock /run/api.socket");
}

TEST_F(ExecTest, TheStartTimeIsTheMonotonicClocks) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<unsigned long long>(time.tv_sec) * 1000000 +
           static_cast<unsigned long long>(time.tv_nsec) / 1000;
  };
  const unsigned long long before = now();
  const Jailed jailed = start({});
  const unsigned long long started = std::stoull(jailed.report_all("argument").at(4));
  EXPECT_GE(started, before);
  EXPECT_LE(started, now());
}

TEST_F(ExecTest, TheJailersArgumentsCanBeLeftOut) {
  const Jailed jailed = start({"--arguments", "none"}, {"-machine", "q35"});
  EXPECT_EQ(jailed.report_all("argument"), (Strings{"/probe", "-machine", "q35", "--sleep"}));
}

TEST_F(ExecTest, WhatFollowsTheDashesIsTheProgramsWhateverItIs) {
  const Strings given = {"--help", "", "two words", "--", "--id", "other", "$HOME", "*"};
  const Jailed jailed = start({"--arguments", "none"}, given);
  Strings expected = {"/probe"};
  expected.insert(expected.end(), given.begin(), given.end());
  expected.emplace_back("--sleep");
  EXPECT_EQ(jailed.report_all("argument"), expected);
}

TEST_F(ExecTest, TheEnvironmentIsEmpty) {
  const Jailed jailed = start({});
  EXPECT_EQ(jailed.report_all("environment"), Strings{});
  EXPECT_EQ(read_file("/proc/" + std::to_string(jailed.pid()) + "/environ"), "");
}

TEST_F(ExecTest, TheUmaskIsTheUsualOne) {
  const Jailed strict = start({"--id", "strict"}, {}, [] { umask(0777); });
  const Jailed loose = start({"--id", "loose"}, {}, [] { umask(0); });
  EXPECT_EQ(strict.report("umask"), "0022");
  EXPECT_EQ(loose.report("umask"), "0022");
}

TEST_F(ExecTest, SignalsThatTheCallerIgnoresOrBlocksAreAsAtFirst) {
  const Jailed jailed = start({}, {}, [] {
    for (const int number : {SIGPIPE, SIGHUP, SIGUSR1, SIGCHLD, SIGRTMIN + 3}) signal(number, SIG_IGN);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
  });
  EXPECT_EQ(jailed.report_all("ignored"), Strings{});
  EXPECT_EQ(jailed.report_all("blocked"), Strings{});
  EXPECT_EQ(status_fields(jailed.pid())["SigIgn"], "0000000000000000");
}

TEST_F(ExecTest, ADaemonsSignalsAreAsAtFirst) {
  const Jailed jailed = start_daemon({}, {}, [] {
    for (const int number : {SIGPIPE, SIGHUP, SIGCHLD}) signal(number, SIG_IGN);
  });
  EXPECT_EQ(status_fields(jailed.pid())["SigIgn"], "0000000000000000");
  EXPECT_EQ(status_fields(jailed.pid())["SigBlk"], "0000000000000000");
}

TEST_F(ExecTest, InPlaceTheCallersChildBecomesTheProgram) {
  const Jailed jailed = start({});
  EXPECT_EQ(jailed.report("pid"), std::to_string(jailed.pid()));
  EXPECT_EQ(jailed.report("parent"), std::to_string(getpid()));
  EXPECT_EQ(jailed.report("group"), std::to_string(getpgrp()));
  EXPECT_EQ(all_processes(), (std::vector<pid_t>{getpid(), jailed.pid()}));
}

TEST_F(ExecTest, InPlaceThePidFileHoldsTheProgramsPid) {
  const Jailed jailed = start({});
  EXPECT_EQ(read_file(root() + "/probe.pid"), std::to_string(jailed.pid()));
}

TEST_F(ExecTest, InPlaceTheCallersStreamsAreTheProgramsStreams) {
  Command wanted = command({}, {"--exit", "3"});
  wanted.input = "for the program";
  const Outcome outcome = run(wanted);
  EXPECT_EQ(outcome.exit_status, 3);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(reported(outcome.out, "fd").size(), 3U);
  remove_jail();
}

TEST_F(ExecTest, TheExitStatusIsTheCallers) {
  for (const int status : {0, 1, 42, 255}) {
    const Outcome outcome = launch_and_remove({}, {"--exit", std::to_string(status)});
    EXPECT_EQ(outcome.exit_status, status);
    EXPECT_EQ(outcome.err, "");
  }
}

TEST_F(ExecTest, ADeathBySignalIsTheCallers) {
  for (const int number : {SIGTERM, SIGKILL, SIGSEGV}) {
    const Outcome outcome = launch_and_remove({}, {"--raise", std::to_string(number)});
    EXPECT_EQ(outcome.signal, number) << outcome.text();
  }
}

TEST_F(ExecTest, ASignalOfTheCallersReachesTheProgram) {
  Jailed jailed = start({});
  jailed.child().send(SIGTERM);
  EXPECT_EQ(jailed.child().wait().signal, SIGTERM);
}

}  // namespace
}  // namespace jailrun::integration
