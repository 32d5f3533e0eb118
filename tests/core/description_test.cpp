// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/description.hpp"

#include "core/base/message.hpp"
#include "jailrun/strings.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>

#include <unistd.h>

namespace jailrun::core {
namespace {

jr_str str(std::string_view text) { return to_str(text); }

jr_stage* create(const jr_host*) { return nullptr; }
jr_status plan(jr_stage*, jr_ctx*, const jr_actions*) { return JR_OK; }

// A plugin with one stage in which nothing is wrong; a test spoils one thing.
struct Sample {
  jr_stage_ops ops = {sizeof(jr_stage_ops), 0, create, nullptr, nullptr, plan, nullptr, nullptr};
  jr_option option = {
      str("colour"), str("NAME"), str("which"), str("red"), JR_OPTION_TEXT, JR_OPTION_REPEATABLE, 0, 0};
  jr_fact consumed = {str("jail.root"), JR_FACT_TEXT, JR_FACT_OPTIONAL};
  jr_fact provided = {str("site.count"), JR_FACT_NUMBER, JR_FACT_CONFIGURED};
  jr_str neighbour = str("exec");
  jr_stage_descriptor stage = {};
  const jr_stage_descriptor* stages[1] = {&stage};
  jr_plugin plugin = {sizeof(jr_plugin), JR_ABI_MINOR, str("sample"), str("1.0.0"), stages, 1};

  Sample() {
    stage.struct_size = sizeof stage;
    stage.traits = JR_TRAIT_FORKS;
    stage.id = str("paint");
    stage.version = str("2.1.0");
    stage.summary = str("paints");
    stage.options = &option;
    stage.option_count = 1;
    stage.option_stride = sizeof option;
    stage.consumes = &consumed;
    stage.consume_count = 1;
    stage.consume_stride = sizeof consumed;
    stage.provides = &provided;
    stage.provide_count = 1;
    stage.provide_stride = sizeof provided;
    stage.before = {&neighbour, 1};
    stage.capabilities = 5;
    stage.ops = &ops;
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;
  ~Sample() = default;
};

std::string refusal(const Sample& sample) {
  const auto described = describe_plugin(sample.plugin);
  return described ? "none" : message(described.error());
}

TEST(Description, HoldsAllThatTheDescriptorSays) {
  const Sample sample;
  const auto described = describe_plugin(sample.plugin);
  ASSERT_TRUE(described);
  ASSERT_EQ(described.value().size(), 1U);
  const StageDescription& stage = described.value()[0];
  EXPECT_EQ(stage.id, "paint");
  EXPECT_EQ(stage.version, "2.1.0");
  EXPECT_EQ(stage.summary, "paints");
  EXPECT_TRUE(stage.has_trait(JR_TRAIT_FORKS));
  EXPECT_FALSE(stage.has_trait(JR_TRAIT_TERMINAL));
  EXPECT_EQ(stage.capabilities, 5U);
  EXPECT_EQ(stage.before, std::vector<std::string_view>{"exec"});
  EXPECT_TRUE(stage.after.empty());
  ASSERT_NE(stage.option("colour"), nullptr);
  EXPECT_EQ(stage.option("colour")->default_value, "red");
  EXPECT_TRUE(stage.option("colour")->is_repeatable());
  EXPECT_FALSE(stage.option("colour")->is_required());
  EXPECT_EQ(stage.option("size"), nullptr);
  EXPECT_TRUE(stage.consumes.at(0).is_optional());
  EXPECT_TRUE(stage.provides.at(0).is_configured());
  EXPECT_EQ(stage.ops.plan, plan);
}

TEST(Description, AShortPluginObjectIsRefused) {
  Sample sample;
  sample.plugin.struct_size = sizeof(jr_plugin) - 1;
  EXPECT_EQ(refusal(sample), "its jailrun_plugin_v1 is too short");
}

TEST(Description, APluginWithoutStagesIsRefused) {
  Sample none;
  none.plugin.stage_count = 0;
  EXPECT_EQ(refusal(none), "it has no stage");
  Sample null;
  null.plugin.stages = nullptr;
  EXPECT_EQ(refusal(null), "it has no stage");
}

TEST(Description, AMissingStageDescriptorIsRefused) {
  Sample sample;
  sample.stages[0] = nullptr;
  EXPECT_EQ(refusal(sample), "a stage descriptor is missing");
}

TEST(Description, AShortStageDescriptorIsRefused) {
  Sample sample;
  sample.stage.struct_size = sizeof(jr_stage_descriptor) - 1;
  EXPECT_EQ(refusal(sample), "a stage descriptor is too short");
}

TEST(Description, AShortStrideIsRefused) {
  Sample options;
  options.stage.option_stride = sizeof(jr_option) - 1;
  EXPECT_EQ(refusal(options), "stage paint: an array's stride is too short");
  Sample consumes;
  consumes.stage.consume_stride = 0;
  EXPECT_EQ(refusal(consumes), "stage paint: an array's stride is too short");
  Sample provides;
  provides.stage.provide_stride = 8;
  EXPECT_EQ(refusal(provides), "stage paint: an array's stride is too short");
}

TEST(Description, AnArrayOfNothingNeedsNoStride) {
  Sample sample;
  sample.stage.option_count = sample.stage.consume_count = sample.stage.provide_count = 0;
  sample.stage.option_stride = sample.stage.consume_stride = sample.stage.provide_stride = 0;
  EXPECT_EQ(refusal(sample), "none");
}

TEST(Description, MissingFunctionsAreRefused) {
  Sample null;
  null.stage.ops = nullptr;
  EXPECT_EQ(refusal(null), "stage paint: its table of functions is missing or too short");
  Sample few;
  few.ops.struct_size = offsetof(jr_stage_ops, release);
  EXPECT_EQ(refusal(few), "stage paint: its table of functions is missing or too short");
  Sample no_create;
  no_create.ops.create = nullptr;
  EXPECT_EQ(refusal(no_create), "stage paint: it has no create or no plan function");
  Sample no_plan;
  no_plan.ops.plan = nullptr;
  EXPECT_EQ(refusal(no_plan), "stage paint: it has no create or no plan function");
}

TEST(Description, ImproperNamesAreRefused) {
  const std::string long_name(65, 'a');
  for (const std::string& name :
       {std::string(), std::string("Paint"), std::string("../x"), std::string("a b"), long_name}) {
    Sample id;
    id.stage.id = str(name);
    EXPECT_EQ(refusal(id), "a stage has an invalid id") << name;
    Sample option;
    option.option.name = str(name);
    const std::string shown = name.substr(0, 64);
    EXPECT_EQ(refusal(option), "stage paint: option number 1 has the invalid name '" + shown +
                                   "': 1 to 64 lowercase letters, digits, hyphens");
    Sample fact;
    fact.provided.name = str(name);
    EXPECT_EQ(refusal(fact), "stage paint: fact number 1 has the invalid name '" + shown +
                                 "': 1 to 64 lowercase letters, digits, hyphens and dots");
  }
  Sample longest;
  longest.stage.id = str(std::string_view(long_name).substr(1));
  EXPECT_EQ(refusal(longest), "none");
}

TEST(Description, UnknownTypesAreRefused) {
  Sample option;
  option.option.type = 3;
  EXPECT_EQ(refusal(option),
            "stage paint: option colour has a type that this version of jailrun does not know; a newer one "
            "is needed");
  Sample fact;
  fact.consumed.type = 2;
  EXPECT_EQ(refusal(fact),
            "stage paint: fact jail.root has a type that this version of jailrun does not know; a newer one "
            "is needed");
}

TEST(Description, UnknownBitsAreRefused) {
  Sample stage;
  stage.stage.traits = 1U << 31;
  EXPECT_EQ(refusal(stage),
            "stage paint has a trait that this version of jailrun does not know; a newer one is needed");
  Sample option;
  option.option.flags = 1U << 31;
  EXPECT_EQ(refusal(option),
            "stage paint: option colour has a flag that this version of jailrun does not know; a newer one "
            "is needed");
  Sample fact;
  fact.provided.flags = 1U << 31;
  EXPECT_EQ(refusal(fact),
            "stage paint: fact site.count has a flag that this version of jailrun does not know; a newer one "
            "is needed");
}

// The same structs as a later minor version has them, with a member more.
struct LaterOption {
  jr_option known;
  uint64_t added = UINT64_MAX;
};
struct LaterFact {
  jr_fact known;
  uint64_t added = UINT64_MAX;
};
struct LaterStage {
  jr_stage_descriptor known;
  const void* added = nullptr;
};
struct LaterOps {
  jr_stage_ops known;
  void (*added)() = nullptr;
};
struct LaterPlugin {
  jr_plugin known;
  uint64_t added = UINT64_MAX;
};

TEST(Description, APluginBuiltWithALaterHeaderIsReadAsFarAsItIsKnown) {
  const Sample sample;
  LaterOption options[2] = {{sample.option}, {sample.option}};
  options[1].known.name = str("size");
  LaterFact facts[2] = {{sample.consumed}, {sample.consumed}};
  facts[1].known.name = str("jail.id");
  LaterOps ops = {sample.ops};
  ops.known.struct_size = sizeof ops;
  LaterStage stage = {sample.stage};
  stage.known.struct_size = sizeof stage;
  stage.known.options = &options[0].known;
  stage.known.option_count = 2;
  stage.known.option_stride = sizeof(LaterOption);
  stage.known.consumes = &facts[0].known;
  stage.known.consume_count = 2;
  stage.known.consume_stride = sizeof(LaterFact);
  stage.known.ops = &ops.known;
  const jr_stage_descriptor* stages[] = {&stage.known};
  LaterPlugin plugin = {sample.plugin};
  plugin.known.struct_size = sizeof plugin;
  plugin.known.abi_minor = JR_ABI_MINOR + 1;
  plugin.known.stages = stages;
  const auto described = describe_plugin(plugin.known);
  ASSERT_TRUE(described) << message(described.error());
  const StageDescription& read = described.value().at(0);
  ASSERT_EQ(read.options.size(), 2U);
  EXPECT_EQ(read.options[1].name, "size");
  EXPECT_EQ(read.options[1].help, "which");
  EXPECT_EQ(read.consumes.at(1).name, "jail.id");
}

TEST(Description, APluginMayCarrySeveralStages) {
  Sample sample;
  jr_stage_descriptor second = sample.stage;
  second.id = str("varnish");
  const jr_stage_descriptor* stages[] = {&sample.stage, &second};
  sample.plugin.stages = stages;
  sample.plugin.stage_count = 2;
  const auto described = describe_plugin(sample.plugin);
  ASSERT_TRUE(described);
  ASSERT_EQ(described.value().size(), 2U);
  EXPECT_EQ(described.value()[1].id, "varnish");
}

// A count whose array is missing would be followed to address 0: in a child process, which then dies.
TEST(Description, ACountWithoutItsArrayIsRefused) {
  const auto refused = [](auto spoil) {
    Sample sample;
    spoil(sample.stage);
    std::_Exit(describe_plugin(sample.plugin) ? 1 : 0);
  };
  EXPECT_EXIT(refused([](auto& stage) { stage.options = nullptr; }), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(refused([](auto& stage) { stage.consumes = nullptr; }), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(refused([](auto& stage) { stage.before.items = nullptr; }), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace jailrun::core
