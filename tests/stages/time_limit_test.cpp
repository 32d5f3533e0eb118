// SPDX-License-Identifier: Apache-2.0
#include "plugins/time-limit/duration.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

Launch launch(const std::string& settings, const std::string& before = "") {
  return Launch().pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n" + before +
                           "[time-limit]\n" + settings + "[drop-privs]\n[exec]\n");
}

// Without the line that raises a hard limit beforehand: whether there is one depends on the test's caller.
std::string plan(const std::string& settings) {
  std::string text = launch(settings).plan_of("time-limit");
  const size_t at = text.find("enter raise-limit");
  return at == std::string::npos ? text : text.erase(at, text.find('\n', at) + 1 - at);
}

TEST(TimeLimit, PlansNothingWithoutItsOptions) {
  EXPECT_EQ(plan(""), "");
  EXPECT_EQ(plan("grace = 5s\n"), "");
}

TEST(TimeLimit, LimitsCpuTimeByTheKernelsOwnLimit) {
  EXPECT_EQ(plan("cpu = 60\n"),
            "enter limit cpu  60:70\n"
            "enter time-limit cpu 60 s for each process  killed 10 s later\n");
}

TEST(TimeLimit, RoundsCpuTimeUpToSeconds) {
  EXPECT_EQ(plan("cpu = 1500ms\ngrace = 1ms\n"),
            "enter limit cpu  2:3\n"
            "enter time-limit cpu 2 s for each process  killed 1 ms later\n");
}

TEST(TimeLimit, OfWallClockTimeNeedsASupervisor) {
  const std::string text = plan("wall = 5s\n");
  EXPECT_NE(text.find("refused: stage time-limit ("), std::string::npos) << text;
  EXPECT_NE(
      text.find("test.conf:5: wall) limits the wall-clock time, and only a supervisor can end the program "
                "then: add --supervise\n"),
      std::string::npos)
      << text;
}

TEST(TimeLimit, WhatContradictsItIsToldAtOnce) {
  const std::string text = launch("wall = 5s\ncpu = 5s\n", "[limits]\nresource-limit = cpu=3\n").plan();
  EXPECT_NE(text.find("add --supervise; stage time-limit ("), std::string::npos) << text;
  EXPECT_NE(text.find("limits the CPU time, and stage limits ("), std::string::npos) << text;
  EXPECT_NE(text.find("test.conf:5: resource-limit) does, too: leave one out\n"), std::string::npos) << text;
}

TEST(TimeLimit, OtherResourceLimitsStandBesideIt) {
  const std::string text = launch("cpu = 5s\n", "[limits]\nresource-limit = core=0\n").plan();
  EXPECT_EQ(text.find("refused"), std::string::npos) << text;
}

TEST(TimeLimit, ItsFaultsAreToldAtOnce) {
  const std::string text = plan("wall = 5 s\ncpu = 0\ngrace = soon\n");
  for (const char* part : {"test.conf:5: wall: '5 s' is not a length of time: ", "; ",
                           "test.conf:6: cpu: a limit of 0 would let nothing run",
                           "test.conf:7: grace: 'soon' is not a length of time: "})
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in " << text;
}

TEST(TimeLimitAction, IsPlannedOnce) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              plan.time_limit({0, 5, 0});
              plan.time_limit({0, 6, 0});
            }),
            refused("a time limit is planned twice"));
}

TEST(Duration, IsANumberOfSecondsOrNumbersWithUnits) {
  const auto parsed = [](const char* text) { return jailrun_stages::parse_duration(text).value(); };
  EXPECT_EQ(parsed("0"), 0U);
  EXPECT_EQ(parsed("90"), 90'000U);
  EXPECT_EQ(parsed("250ms"), 250U);
  EXPECT_EQ(parsed("1m30s"), 90'000U);
  EXPECT_EQ(parsed("2d1h"), 49U * 3600 * 1000);
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text : {"", "s", "-1", "1.5s", "1s5", "5x", "1 m", "99999999999999999999", "40000d", "+5"})
    EXPECT_FALSE(jailrun_stages::parse_duration(text)) << text;
}

}  // namespace
}  // namespace jailrun::tests
