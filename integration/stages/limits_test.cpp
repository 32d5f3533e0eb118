// SPDX-License-Identifier: Apache-2.0
// Resource limits: that the program gets them, and that the launch itself does not feel them.
#include "integration/support/jail_test.hpp"

#include <algorithm>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class LimitsTest : public JailTest {
 protected:
  // The default pipeline with one more stage, and the limits that are given.
  Strings limited(const Strings& limits, const std::string& settings = "") const {
    Strings options = {"--pipeline", pipeline_with("[limits]\n" + settings, "netns")};
    for (const std::string& one : limits) options.insert(options.end(), {"--resource-limit", one});
    return options;
  }
  static Strings with(Strings options, const Strings& more) {
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  // Nothing is refused before the limits are in force.
  void fail_exec(const Strings& options) {
    const std::string error = refusal(with(options, {"--exec-file", broken_program()}));
    EXPECT_NE(error.find("exec /broken"), std::string::npos) << error;
  }
};

// "no-file 1024 4096" -> "1024 4096"
std::string limit(const Strings& reported, const std::string& name) {
  for (const std::string& one : reported)
    if (one.compare(0, name.size() + 1, name + " ") == 0) return one.substr(name.size() + 1);
  return "not reported";
}

std::string limit_of(const Outcome& outcome, const std::string& name) {
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  return limit(reported(outcome.out, "limit"), name);
}

// A caller with these limits.
std::function<void()> limit_own(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
  return [=] {
    const rlimit own = {soft, hard};
    if (setrlimit(resource, &own) != 0) _exit(98);
  };
}

// Root may lack it in a container.
bool can_raise_limits() { return prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE) == 1; }

// A limit that can be lifted again: where root has no CAP_SYS_RESOURCE, only a soft one can.
std::string liftable(const std::string& name, __rlimit_resource_t resource) {
  rlimit now{};
  getrlimit(resource, &now);
  const std::string hard = now.rlim_max == RLIM_INFINITY ? "unlimited" : std::to_string(now.rlim_max);
  return name + "=0" + (can_raise_limits() ? "" : ":" + hard);
}

TEST_F(LimitsTest, EveryOneReachesTheProgram) {
  // None so small that the probe could not run with it; most callers' limits of nice and rtprio are 0.
  const bool more = can_raise_limits();
  const std::pair<std::string, std::string> values[] = {{"as", "1000000000 2000000000"},
                                                        {"core", "0 1024"},
                                                        {"cpu", "600 700"},
                                                        {"data", "500000000 600000000"},
                                                        {"fsize", "8192 9000"},
                                                        {"locks", "5 6"},
                                                        {"memlock", "65536 70000"},
                                                        {"msgqueue", "7 8"},
                                                        {"nice", more ? "3 4" : "0 0"},
                                                        {"no-file", "100 200"},
                                                        {"nproc", "50 60"},
                                                        {"rss", "70000000 80000000"},
                                                        {"rtprio", more ? "1 2" : "0 0"},
                                                        {"rttime", "9000000 unlimited"},
                                                        {"sigpending", "10 11"},
                                                        {"stack", "1000000 2000000"}};
  Strings limits;
  for (const auto& [name, value] : values) {
    std::string both = value;
    std::replace(both.begin(), both.end(), ' ', ':');
    limits.push_back(name + "=" + both);
  }
  const Outcome outcome = launch_and_remove(limited(limits));
  for (const auto& [name, value] : values) EXPECT_EQ(limit_of(outcome, name), value) << name;
}

TEST_F(LimitsTest, OneNumberIsSoftAndHard) {
  EXPECT_EQ(limit_of(launch_and_remove(limited({"fsize=8192"})), "fsize"), "8192 8192");
}

TEST_F(LimitsTest, TheLastOfANameWins) {
  EXPECT_EQ(limit_of(launch_and_remove(limited({"no-file=100", "no-file=200"})), "no-file"), "200 200");
}

TEST_F(LimitsTest, OpenFilesAre2048WhereNothingIsSaid) {
  EXPECT_EQ(limit_of(launch_and_remove(limited({})), "no-file"), "2048 2048");
}

TEST_F(LimitsTest, OpenFilesAreTheCallersWhereTheyAreKept) {
  Command wanted = command(limited({}, "no-file-default = keep\n"));
  wanted.in_child = limit_own(RLIMIT_NOFILE, 300, 400);
  EXPECT_EQ(limit_of(run(wanted), "no-file"), "300 400");
  remove_jail();
}

TEST_F(LimitsTest, WhatIsNotNamedIsTheCallers) {
  Command wanted = command(limited({"fsize=8192"}));
  wanted.in_child = limit_own(RLIMIT_CORE, 1000, 2000);
  EXPECT_EQ(limit_of(run(wanted), "core"), "1000 2000");
  remove_jail();
}

void have_small_limits() {
  limit_own(RLIMIT_NOFILE, 100, 200)();
  limit_own(RLIMIT_CORE, 0, 0)();
}

// The program's user could not raise them: it has no CAP_SYS_RESOURCE.
TEST_F(LimitsTest, OnesAboveTheCallersOwnAreReached) {
  if (!can_raise_limits()) GTEST_SKIP() << "root has no CAP_SYS_RESOURCE here";
  Command wanted = command(limited({"no-file=5000", "core=unlimited"}));
  wanted.in_child = have_small_limits;
  const Outcome outcome = run(wanted);
  EXPECT_EQ(limit_of(outcome, "no-file"), "5000 5000");
  EXPECT_EQ(limit_of(outcome, "core"), "unlimited unlimited");
  remove_jail();
}

// As in a container.
TEST_F(LimitsTest, OnesAboveTheCallersOwnAreRefusedWhereRootMayNotRaiseThem) {
  Command wanted = command(limited({"no-file=5000", "core=unlimited"}));
  wanted.in_child = [] {
    have_small_limits();
    if (prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE) != 0) _exit(98);
  };
  expect_mentions(refusal(wanted), {"capabilities", "CAP_SYS_RESOURCE"});
}

TEST_F(LimitsTest, FewOpenFilesDoNotHurtTheLaunch) {
  EXPECT_EQ(limit_of(launch_and_remove(limited({"no-file=3"})), "no-file"), "3 3");
  EXPECT_EQ(limit_of(launch_and_remove(limited({"no-file=0"})), "no-file"), "0 0");
}

TEST_F(LimitsTest, NoFileSizeDoesNotHurtTheLaunch) {
  EXPECT_EQ(limit_of(launch_and_remove(limited({"fsize=0"})), "fsize"), "0 0");
}

// The kernel would refuse the exec of a user who had more than its limit when it was set.
TEST_F(LimitsTest, NoProcessesDoNotHurtTheLaunch) {
  const Jailed other = start({"--id", "other"});
  EXPECT_EQ(limit_of(launch_and_remove(limited({"nproc=0"})), "nproc"), "0 0");
}

TEST_F(LimitsTest, SmallOnesDoNotHurtALaunchIntoTheBackground) {
  const Jailed jailed = start_daemon(limited({"no-file=4", "fsize=100000", "nproc=0"}));
  EXPECT_EQ(limit(jailed.report_all("limit"), "no-file"), "4 4");
  EXPECT_EQ(limit(jailed.report_all("limit"), "nproc"), "0 0");
}

// A launch in place rolls itself back, and first has to lift its limits.
TEST_F(LimitsTest, NoOpenFilesDoNotHurtTheTakingBack) {
  fail_exec(limited({liftable("no-file", RLIMIT_NOFILE)}));
}

TEST_F(LimitsTest, NoFileSizeDoesNotHurtTheTakingBack) {
  fail_exec(limited({liftable("fsize", RLIMIT_FSIZE)}));
}

TEST_F(LimitsTest, SmallOnesDoNotHurtTheTakingBackInTheBackground) {
  fail_exec(with(limited({"no-file=0", "fsize=0", "nproc=0"}), {"--daemonize"}));
}

TEST_F(LimitsTest, SmallOnesOfEveryNameDoNotHurtTheTakingBack) {
  // None of stack and cpu: without stack the exec is not refused, it kills.
  fail_exec(limited({liftable("as", RLIMIT_AS), "core=0", liftable("data", RLIMIT_DATA),
                     liftable("fsize", RLIMIT_FSIZE), "locks=0", "memlock=0", "msgqueue=0", "nice=0",
                     liftable("no-file", RLIMIT_NOFILE), "nproc=0", "rss=0", "rtprio=0", "rttime=0",
                     "sigpending=0"}));
}

TEST_F(LimitsTest, ThePlanShowsWhatALaunchDoesInItsPlace) {
  const Outcome plan = launch(with({"plan"}, limited({"no-file=77"})));
  ASSERT_TRUE(plan.succeeded()) << plan.text();
  const size_t limit = plan.out.find("nofile  77");
  EXPECT_LT(plan.out.rfind("prepare"), limit);
  EXPECT_LT(limit, plan.out.rfind("exec"));
}

TEST_F(LimitsTest, MoreOpenFilesThanTheHostAllowsAnyoneAreRefusedInTime) {
  const std::string error = refusal(limited({"no-file=unlimited"}));
  EXPECT_NE(error.find("--resource-limit: no-file can be at most "), std::string::npos) << error;
}

TEST_F(LimitsTest, AWrongOneIsRefusedInTime) {
  EXPECT_NE(refusal(limited({"nofile=3"})).find("--resource-limit: 'nofile' is not a resource"),
            std::string::npos);
}

}  // namespace
}  // namespace jailrun::integration
