// SPDX-License-Identifier: Apache-2.0
#include "core/supervisor/time_limit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jailrun::tests {
namespace {

using supervisor::TimeLimit;

constexpr int exited(int status) { return status << 8; }  // as wait(2) gives it

std::string reason(const TimeLimit& limit, int status, long used_s) {
  rusage usage{};
  usage.ru_utime.tv_sec = used_s;
  supervisor::Text text;
  return limit.add_reason(status, usage, text) ? text.c_str() : "";
}

TEST(SupervisorsTimeLimit, WithoutOneThereIsNothingToWaitForAndNoReason) {
  TimeLimit none(0, 0, 0);
  EXPECT_EQ(none.timeout_ms(), -1);
  EXPECT_EQ(none.due(), TimeLimit::Due::kNothing);
  EXPECT_EQ(reason(none, SIGXCPU, 100), "");
}

TEST(SupervisorsTimeLimit, OfCpuTimeIsTheReasonForItsSignals) {
  const TimeLimit limit(0, 10000, 60);
  EXPECT_EQ(limit.timeout_ms(), -1);
  EXPECT_EQ(reason(limit, SIGXCPU, 60), "CPU time limit of 60 s reached");
  EXPECT_EQ(reason(limit, exited(128 + SIGXCPU), 60), "CPU time limit of 60 s reached");
  EXPECT_EQ(reason(limit, SIGKILL, 70), "CPU time limit of 60 s reached");
}

TEST(SupervisorsTimeLimit, OfCpuTimeIsNotTheReasonForOtherEnds) {
  const TimeLimit limit(0, 10000, 60);
  EXPECT_EQ(reason(limit, SIGKILL, 61), "");
  EXPECT_EQ(reason(limit, SIGTERM, 100), "");
  EXPECT_EQ(reason(limit, exited(0), 100), "");
}

TEST(SupervisorsTimeLimit, OfWallClockTimeAsksFirstAndKillsAfterTheGrace) {
  TimeLimit later(3600'000, 0, 0);
  EXPECT_GT(later.timeout_ms(), 3500'000);
  EXPECT_EQ(later.due(), TimeLimit::Due::kNothing);
  TimeLimit now(1, 0, 0);
  while (now.timeout_ms() > 0) continue;
  EXPECT_EQ(reason(now, SIGTERM, 0), "");  // nobody was asked
  EXPECT_EQ(now.due(), TimeLimit::Due::kAsk);
  EXPECT_EQ(now.due(), TimeLimit::Due::kKill);
  EXPECT_EQ(now.due(), TimeLimit::Due::kNothing);
  EXPECT_EQ(reason(now, SIGKILL, 0), "time limit of 1 ms reached");
}

TEST(SupervisorsTimeLimit, LongerThanPollCanWaitIsWaitedForInPieces) {
  const TimeLimit year(365LL * 24 * 3600 * 1000, 0, 0);
  EXPECT_EQ(year.timeout_ms(), 24 * 3600 * 1000);
}

}  // namespace
}  // namespace jailrun::tests
