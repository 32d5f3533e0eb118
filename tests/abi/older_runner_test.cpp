// SPDX-License-Identifier: Apache-2.0
// Today's plugins in an older runner, whose table of actions ends earlier.
#include "core/cli/checker/sample_values.hpp"

#include <jailrun/fake_host.hpp>
#include <jailrun/testing.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace jailrun {
namespace {

constexpr size_t kFirst = offsetof(jr_actions, claim);

// What `host` plans where the table ends after each of its functions, without doubles.
std::vector<std::string> plans_in_older_runners(FakeHost& host) {
  std::vector<std::string> plans;
  for (size_t end = kFirst; end <= sizeof(jr_actions); end += sizeof(void*)) {
    std::string plan = host.table_size(static_cast<uint32_t>(end)).plan();
    if (plans.empty() || plans.back() != plan) plans.push_back(std::move(plan));
  }
  return plans;
}

TEST(TodaysPlugins, AreRefusedByAClearSentenceWhereverAnOlderRunnersTableEnds) {
  FakeHost host(load_plugin(JAILRUN_TEST_ABI_PLUGINS "/today/every-action.so"));
  host.option("count", "3");
  const std::vector<std::string> plans = plans_in_older_runners(host);
  ASSERT_GT(plans.size(), 5U) << "each refusal names the first action that the table does not reach";
  const std::string whole = host.table_size(sizeof(jr_actions)).plan();
  EXPECT_EQ(plans.back(), whole);
  for (const std::string& plan : plans) {
    if (plan == whole) continue;
    EXPECT_EQ(plan.find("refused: this jailrun has no action '"), 0U) << plan;
    EXPECT_NE(plan.find("': a later one is needed"), std::string::npos) << plan;
  }
}

TEST(TodaysPlugins, ThatShipPlanTheSameOrSayWhatAnOlderRunnerLacks) {
  int refused = 0;
  for (const auto& file : std::filesystem::directory_iterator(JAILRUN_TEST_PLUGINS)) {
    if (file.path().extension() != ".so") continue;
    const jr_stage_descriptor& stage = *load_plugin(file.path().string()).stages[0];
    FakeHost host(stage);
    core::cli::checker::give_sample_values(host, stage, {});
    const std::vector<std::string> plans = plans_in_older_runners(host);
    const std::string whole = host.table_size(sizeof(jr_actions)).plan();
    for (const std::string& plan : plans) {
      if (plan == whole) continue;
      ++refused;
      EXPECT_EQ(plan.find("refused: this jailrun has no action '"), 0U) << plan;
    }
  }
  EXPECT_GT(refused, 5);
}

}  // namespace
}  // namespace jailrun
