// SPDX-License-Identifier: Apache-2.0
#include "core/base/timings.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>

namespace jailrun::core {
namespace {

struct Row {
  std::string stage;
  uint64_t configure = 0;
  uint64_t plan = 0;
  uint64_t perform = 0;
};

std::vector<Row> rows(Timings& timings, uint64_t& total) {
  std::istringstream text(timings.table());
  std::string line;
  std::getline(text, line);
  std::vector<Row> rows;
  while (std::getline(text, line)) {
    std::istringstream fields(line);
    Row row;
    fields >> row.stage >> row.configure >> row.plan >> row.perform;
    if (row.stage == "total")
      total = row.configure;
    else
      rows.push_back(row);
  }
  return rows;
}

TEST(Timings, AreOffUntilTheyAreSwitchedOn) {
  Timings timings;
  timings.charge("devices", Timings::kPlan);
  EXPECT_FALSE(timings.is_on());
  uint64_t total = 1;
  EXPECT_TRUE(rows(timings, total).empty());
  EXPECT_EQ(total, 0U);
}

TEST(Timings, AStageHasOneRowInTheOrderOfItsFirstCharge) {
  Timings timings;
  timings.switch_on();
  for (const char* stage : {"start-up", "b", "a", "b"}) timings.charge(stage, Timings::kConfigure);
  uint64_t total = 0;
  const std::vector<Row> read = rows(timings, total);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].stage, "start-up");
  EXPECT_EQ(read[1].stage, "b");
  EXPECT_EQ(read[2].stage, "a");
}

TEST(Timings, TimeIsChargedToTheStageAndPartThatUsedIt) {
  Timings timings;
  timings.switch_on();
  timings.charge("start-up", Timings::kConfigure);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  timings.charge("a", Timings::kPerform);
  uint64_t total = 0;
  const std::vector<Row> read = rows(timings, total);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_GE(read[1].perform, 2000U);
  EXPECT_EQ(read[1].configure + read[1].plan, 0U);
}

TEST(Timings, TheTotalIsTheSumOfAllRows) {
  Timings timings;
  timings.switch_on();
  timings.charge("start-up", Timings::kConfigure);
  timings.charge("a", Timings::kPlan);
  timings.charge("a", Timings::kPerform);
  uint64_t total = 0;
  uint64_t sum = 0;
  for (const Row& row : rows(timings, total)) sum += row.configure + row.plan + row.perform;
  EXPECT_GT(total, 0U);
  EXPECT_EQ(total, sum);
}

}  // namespace
}  // namespace jailrun::core
