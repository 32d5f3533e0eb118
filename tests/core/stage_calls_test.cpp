// SPDX-License-Identifier: Apache-2.0
// The calls into a stage, and what the stage may ask of the runner meanwhile.
#include "tests/support/child.hpp"
#include "tests/support/script.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include <sys/stat.h>

namespace jailrun::tests {
namespace {

TEST(StageCalls, AFactIsReadWherePublishedAndDeclared) {
  static constexpr Fact kFacts[] = {Fact::text("opening.early"), Fact::number("opening.late")};
  Script script = tests::script([](jailrun::Plan& plan) {
    plan.write("/" + plan.text_fact("opening.early"), "",
               static_cast<uint32_t>(plan.number_fact("opening.late")));
  });
  script.descriptor = script.descriptor.consumes(kFacts);
  EXPECT_EQ(script.planned(), "prepare write /known while configuring  07 0:0\n");
}

TEST(StageCalls, AnUndeclaredFactIsRefused) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.text_fact("opening.early"); }),
            refused("the fact opening.early is read but not declared under consumes"));
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.publish("mine", "x"); }),
            refused("the fact mine is published but not declared under provides"));
}

// Which facts are there while configuring depends on the order of the stages; plugin.h says that none may be
// read.
TEST(StageCalls, NoFactIsReadWhileConfiguring) {
  static constexpr Fact kFacts[] = {Fact::text("opening.early")};
  Script script;
  script.configure = [](Context& context) -> Result<void> {
    context.text_fact("opening.early");
    return {};
  };
  script.descriptor = script.descriptor.consumes(kFacts);
  EXPECT_EQ(script.planned().find("refused: stage scripted: "), 0U);
}

TEST(StageCalls, ADeclaredOptionIsRead) {
  static constexpr Option kOptions[] = {Option::text("colour", "NAME", "which").defaults_to("red")};
  Script script =
      tests::script([](jailrun::Plan& plan) { plan.write("/" + plan.option("colour"), "", 0444); });
  script.descriptor = script.descriptor.options(kOptions);
  EXPECT_EQ(script.planned(), "prepare write /red  0444 0:0\n");
}

TEST(StageCalls, TheProgramsArgumentsAreGiven) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) {
              for (const std::string& word : plan.arguments()) plan.write("/" + word, "", 0444);
            }),
            "prepare write /an  0444 0:0\nprepare write /argument  0444 0:0\n");
}

TEST(StageCalls, ThereIsNoTokenWhileConfiguring) {
  Script script;
  script.configure = [](Context& context) -> Result<void> { return context.token(), Result<void>(); };
  EXPECT_EQ(script.planned().find("refused: stage scripted: "), 0U);
}

TEST(StageCalls, NoSlotIsSetWhilePlanning) {
  EXPECT_EQ(planned([](jailrun::Plan& plan) { plan.set_slot("a", "b"); }),
            refused("a slot can be set in perform only"));
}

TEST(StageCalls, AnErrorNamesTheStage) {
  Script script;
  script.configure = [](Context&) -> Result<void> { return system_error(ENOENT, "look at /x"); };
  EXPECT_EQ(script.planned(), refused("look at /x: No such file or directory"));
}

TEST(StageCalls, WhatAStageThrowsIsAnErrorOfTheStage) {
  Script script;
  script.configure = [](Context&) -> Result<void> { throw std::out_of_range("at() of something"); };
  EXPECT_EQ(script.planned(), refused("at() of something"));
  script.configure = [](Context&) -> Result<void> { throw 7; };
  EXPECT_EQ(script.planned(), refused("the stage threw something that is no std::exception"));
}

TEST(StageCalls, AStageThatChangesTheProcessIsNamedByAStrictRunner) {
  Script script = tests::script([](jailrun::Plan&) { umask(umask(0) ^ 1); });
  const auto planned_in_child = [&] { return in_child([&] { return script.planned(); }); };
  EXPECT_EQ(planned_in_child(), "");
  script.strict = true;
  EXPECT_EQ(planned_in_child(),
            "refused: stage scripted changed the umask of the runner, which no stage may");
}

// Stages whose functions are not the C++ face's. Their state is the runner's table.
jr_stage* create(const jr_host* host) { return reinterpret_cast<jr_stage*>(const_cast<jr_host*>(host)); }
const jr_host& host_of(jr_stage* stage) { return *reinterpret_cast<const jr_host*>(stage); }
jr_stage* create_nothing(const jr_host*) { return nullptr; }
jr_status plan_nothing(jr_stage*, jr_ctx*, const jr_actions*) { return JR_OK; }
jr_status fail_silently(jr_stage*, jr_ctx*) { return JR_ERROR_SYSTEM; }
jr_status throw_through(jr_stage*, jr_ctx*) { throw 7; }
jr_status read_undeclared_option(jr_stage* stage, jr_ctx* ctx) {
  jr_str value = {nullptr, 0};
  return host_of(stage).option(ctx, {"colour", 6}, 0, &value);
}
jr_status succeed_after_failing(jr_stage* stage, jr_ctx* ctx) {
  host_of(stage).fail(ctx, JR_ERROR_INPUT, EACCES, {"look", 4});
  return JR_OK;
}
jr_status plan_short_struct(jr_stage*, jr_ctx* ctx, const jr_actions* actions) {
  jr_directory directory = {sizeof directory - 1, 0700, {JR_IN_JAIL, 0, {"/d", 2}}, {0, 0}};
  return actions->directory(ctx, &directory);
}
// As a later version might have it.
template <uint64_t kAdded>
jr_status plan_later_struct(jr_stage*, jr_ctx* ctx, const jr_actions* actions) {
  const struct {
    jr_directory known = {sizeof(jr_directory) + 8, 0700, {JR_IN_JAIL, 0, {"/d", 2}}, {0, 0}};
    uint64_t added = kAdded;
  } later;
  return actions->directory(ctx, &later.known);
}
jr_status plan_unknown_flag(jr_stage*, jr_ctx* ctx, const jr_actions* actions) {
  jr_copy copy = {};
  copy.struct_size = sizeof copy;
  copy.path = {JR_IN_JAIL, 0, {"/d", 2}};
  copy.source = {"/d", 2};
  copy.flags = 1U << 31;
  return actions->copy(ctx, &copy);
}
jr_status plan_unknown_kind_of_path(jr_stage*, jr_ctx* ctx, const jr_actions* actions) {
  const jr_directory directory = {sizeof directory, 0700, {JR_IN_JAIL, 1, {"/d", 2}}, {0, 0}};
  return actions->directory(ctx, &directory);
}
jr_status plan_null(jr_stage*, jr_ctx* ctx, const jr_actions* actions) {
  return actions->directory(ctx, nullptr);
}
jr_status plan_unknown_place(jr_stage*, jr_ctx* ctx, const jr_actions* actions) {
  const jr_directory directory = {sizeof directory, 0700, {2, 0, {"/d", 2}}, {0, 0}};
  return actions->directory(ctx, &directory);
}

std::string planned_with(const jr_stage_ops& ops) {
  Script script;
  script.ops = &ops;
  return script.planned();
}
std::string planned_with(jr_status (*plan)(jr_stage*, jr_ctx*, const jr_actions*)) {
  return planned_with({sizeof(jr_stage_ops), 0, create, nullptr, nullptr, plan, nullptr, nullptr});
}

TEST(CStages, MayLackWhatTheyHaveNoUseFor) { EXPECT_EQ(planned_with(plan_nothing), ""); }

TEST(CStages, ThatCanNotBeMadeAreNamed) {
  EXPECT_EQ(planned_with(
                {sizeof(jr_stage_ops), 0, create_nothing, nullptr, nullptr, plan_nothing, nullptr, nullptr}),
            "refused: stage scripted could not be created");
}

TEST(CStages, ThatFailWithoutAWordAreNamed) {
  EXPECT_EQ(
      planned_with({sizeof(jr_stage_ops), 0, create, nullptr, fail_silently, plan_nothing, nullptr, nullptr}),
      refused("failed without saying why"));
}

TEST(CStages, ThatRecordAFailureHaveFailedWhateverTheyReturn) {
  EXPECT_EQ(planned_with({sizeof(jr_stage_ops), 0, create, nullptr, succeed_after_failing, plan_nothing,
                          nullptr, nullptr}),
            refused("look: Permission denied"));
}

TEST(CStages, ReadNoOptionThatTheyDoNotDeclare) {
  EXPECT_EQ(planned_with({sizeof(jr_stage_ops), 0, create, nullptr, read_undeclared_option, plan_nothing,
                          nullptr, nullptr}),
            refused("the option colour is undeclared or has no such value"));
}

TEST(CStages, ThatLetAnExceptionOutAreNamed) {
  EXPECT_EQ(
      planned_with({sizeof(jr_stage_ops), 0, create, nullptr, throw_through, plan_nothing, nullptr, nullptr}),
      refused("an exception came out of the plugin"));
}

TEST(CStages, GiveStructsAtLeastAsLongAsTheFirstVersionHasThem) {
  EXPECT_EQ(planned_with(plan_short_struct),
            refused("directory: its arguments are shorter than version 1.0 of the interface has them"));
  EXPECT_EQ(planned_with(plan_null),
            refused("directory: its arguments are shorter than version 1.0 of the interface has them"));
}

TEST(CStages, MayGiveStructsOfALaterVersion) {
  EXPECT_EQ(planned_with(plan_later_struct<0>), "prepare directory /d  0700 0:0\n");
}

TEST(CStages, AreRefusedWhatOnlyALaterVersionKnows) {
  EXPECT_EQ(
      planned_with(plan_later_struct<1>),
      refused("directory: this jailrun does not know what stands after its last known member: a later one "
              "is needed"));
  EXPECT_EQ(planned_with(plan_unknown_flag),
            refused("copy: this jailrun does not know a bit of its flags: a later one is needed"));
  EXPECT_EQ(planned_with(plan_unknown_kind_of_path),
            refused("'/d' is a path of a kind that this jailrun lacks"));
}

TEST(CStages, SayWhereAPathBegins) {
  EXPECT_EQ(planned_with(plan_unknown_place), refused("'/d' is neither in the jail nor on the host"));
}

}  // namespace
}  // namespace jailrun::tests
