// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/order.hpp"

#include <gtest/gtest.h>

#include <list>

namespace jailrun::core {
namespace {

// A pipeline of stages made up by a test; the one that starts the program is put last.
class Order : public testing::Test {
 protected:
  StageDescription& stage(std::string_view id) {
    stages_.emplace_back();
    stages_.back().id = id;
    return stages_.back();
  }
  StageDescription& last(std::string_view id = "exec") {
    StageDescription& added = stage(id);
    added.traits = JR_TRAIT_TERMINAL;
    return added;
  }
  std::string findings() {
    std::vector<OrderedStage> order;
    for (const StageDescription& one : stages_)
      order.push_back({"a.conf:" + std::to_string(order.size() + 1), &one});
    std::vector<Finding> found;
    check_order("a.conf", order, found);
    // Never reordered: what was given is what is there.
    auto given = stages_.begin();
    for (const OrderedStage& one : order) EXPECT_EQ(one.stage, &*given++);
    std::string text;
    for (const Finding& finding : found) text += finding.text() + "\n";
    return text;
  }

 private:
  std::list<StageDescription> stages_;
};

FactDescription fact(std::string_view name, uint32_t type = JR_FACT_TEXT, uint32_t flags = 0) {
  return {name, type, flags};
}

OptionDescription option(std::string_view name, std::string_view help) {
  return {name, "X", help, "", JR_OPTION_TEXT, 0, 0, 0};
}

TEST_F(Order, AFaultlessPipelineHasNoFinding) {
  stage("one").provides = {fact("f")};
  stage("two").after = {"one"};
  last().consumes = {fact("f")};
  EXPECT_EQ(findings(), "");
}

TEST_F(Order, AStageComesAfterThoseItNames) {
  stage("two").after = {"one"};
  stage("one");
  last();
  EXPECT_EQ(findings(), "a.conf:1: stage two must come after one\n");
}

TEST_F(Order, AStageComesBeforeThoseItNames) {
  stage("one");
  stage("two").before = {"one"};
  last();
  EXPECT_EQ(findings(), "a.conf:2: stage two must come before one\n");
}

TEST_F(Order, NeighboursThatAreNotThereDoNotMatter) {
  StageDescription& one = stage("one");
  one.after = one.before = one.conflicts = {"absent"};
  last();
  EXPECT_EQ(findings(), "");
}

TEST_F(Order, ConflictingStagesAreNotInOnePipeline) {
  stage("one").conflicts = {"two"};
  stage("two");
  last();
  EXPECT_EQ(findings(), "a.conf:1: stage one can't be in one pipeline with two\n");
}

TEST_F(Order, AConflictHoldsWhicheverComesFirst) {
  stage("two");
  stage("one").conflicts = {"two"};
  last();
  EXPECT_EQ(findings(), "a.conf:2: stage one can't be in one pipeline with two\n");
}

TEST_F(Order, AFactThatNobodyProvidesIsAFault) {
  last().consumes = {fact("jail.root")};
  EXPECT_EQ(findings(), "a.conf:1: stage exec needs the fact jail.root, which no stage provides\n");
}

TEST_F(Order, AnOptionalFactMayBeMissing) {
  last().consumes = {fact("jail.root", JR_FACT_TEXT, JR_FACT_OPTIONAL)};
  EXPECT_EQ(findings(), "");
}

TEST_F(Order, AFactIsProvidedBeforeItIsNeeded) {
  stage("reader").consumes = {fact("f")};
  stage("writer").provides = {fact("f")};
  last();
  EXPECT_EQ(
      findings(),
      "a.conf:1: stage reader needs the fact f and must come after the stage that provides it, writer\n");
}

TEST_F(Order, AFactPublishedWhileConfiguringMayComeFromALaterStage) {
  stage("reader").consumes = {fact("f")};
  stage("writer").provides = {fact("f", JR_FACT_TEXT, JR_FACT_CONFIGURED)};
  last();
  EXPECT_EQ(findings(), "");
}

TEST_F(Order, AFactHasOneType) {
  stage("writer").provides = {fact("f", JR_FACT_NUMBER)};
  stage("reader").consumes = {fact("f", JR_FACT_TEXT)};
  last();
  EXPECT_EQ(
      findings(),
      "a.conf:2: stage reader expects another type of the fact f than the stage that provides it, writer\n");
}

TEST_F(Order, AFactHasOneProvider) {
  stage("one").provides = {fact("f")};
  stage("two").provides = {fact("f")};
  last();
  EXPECT_EQ(findings(), "a.conf:2: stage two provides the fact f, as does one\n");
}

TEST_F(Order, AnEqualOptionIsShared) {
  stage("one").options = {option("o", "same")};
  stage("two").options = {option("o", "same")};
  last();
  EXPECT_EQ(findings(), "");
}

TEST_F(Order, AnOptionMeansTheSameInEveryStage) {
  stage("one").options = {option("o", "this")};
  stage("two").options = {option("o", "that")};
  last();
  EXPECT_EQ(findings(), "a.conf:2: stage two declares --o differently from stage one\n");
}

// On the command line it would be the runner's, and the stage would never see it.
TEST_F(Order, AnOptionOfTheRunnersOwnIsNoStages) {
  stage("one").options = {option("json", "a stage's own")};
  last();
  EXPECT_NE(findings(), "");
}

TEST_F(Order, APipelineStartsAProgram) {
  stage("one");
  EXPECT_EQ(findings(), "a.conf: no stage starts the program; the last stage must, such as exec\n");
}

TEST_F(Order, NothingFollowsTheStageThatStartsTheProgram) {
  last();
  stage("late");
  EXPECT_EQ(findings(),
            "a.conf:1: stage exec starts the program and must be last, but is followed by late\n");
}

TEST_F(Order, OneStageChangesTheRoot) {
  stage("one").traits = JR_TRAIT_CHANGES_ROOT;
  stage("two").traits = JR_TRAIT_CHANGES_ROOT;
  last();
  EXPECT_EQ(findings(), "a.conf:2: stage two changes the root, as does one\n");
}

TEST_F(Order, AStageThatNeedsCapabilitiesComesBeforeTheyAreDropped) {
  stage("drop").traits = JR_TRAIT_DROPS_PRIVILEGE;
  stage("mount").capabilities = 1;
  last();
  EXPECT_EQ(
      findings(),
      "a.conf:2: stage mount needs capabilities and must come before the stage that drops them, drop\n");
}

TEST_F(Order, TheStageThatDropsThemMayNeedCapabilities) {
  StageDescription& drop = stage("drop");
  drop.traits = JR_TRAIT_DROPS_PRIVILEGE;
  drop.capabilities = 1;
  last();
  EXPECT_EQ(findings(), "");
}

TEST_F(Order, OnlyItsKindAndTheStageThatStartsTheProgramFollowOneThatRestricts) {
  stage("filter").traits = JR_TRAIT_RESTRICTS;
  stage("another").traits = JR_TRAIT_RESTRICTS;
  stage("late");
  last();
  EXPECT_EQ(findings(),
            "a.conf:3: stage late must come before filter, which restricts the process\n"
            "a.conf:3: stage late must come before another, which restricts the process\n");
}

TEST_F(Order, AllFaultsAreReportedAtOnce) {
  StageDescription& one = stage("one");
  one.after = {"two"};
  one.consumes = {fact("missing"), fact("late")};
  StageDescription& two = stage("two");
  two.provides = {fact("late")};
  two.conflicts = {"one"};
  EXPECT_EQ(findings(),
            "a.conf:1: stage one must come after two\n"
            "a.conf:1: stage one needs the fact missing, which no stage provides\n"
            "a.conf:1: stage one needs the fact late and must come after the stage that provides it, two\n"
            "a.conf:2: stage two can't be in one pipeline with one\n"
            "a.conf: no stage starts the program; the last stage must, such as exec\n");
}

}  // namespace
}  // namespace jailrun::core
