// SPDX-License-Identifier: Apache-2.0
// A part of the fault sweep, small enough for every run of the tests; ./dev sweep runs all of it.
#include "integration/sweep/sweep.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace jailrun::integration {
namespace {

TEST(SweepTest, ALaunchDisturbedAtAnySystemCallSucceedsWhollyOrLeavesNothing) {
  sweep::Options options;
  options.every = 19;
  options.print = [](const std::string& line) {
    std::printf("  %s\n", line.c_str());
    std::fflush(stdout);
  };
  const sweep::Summary summary = sweep::sweep(options);
  EXPECT_GT(summary.faults, 500U);
  EXPECT_EQ(summary.leftovers, 0U) << summary.text;
}

}  // namespace
}  // namespace jailrun::integration
