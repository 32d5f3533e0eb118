// SPDX-License-Identifier: Apache-2.0
// The C++ face of plugin.h against a runner that is not jailrun.
#include <jailrun/stage.hpp>

#include <gtest/gtest.h>

#include <cstddef>

namespace jailrun {
namespace {

// Strides are the sizes of the C structs: the face adds nothing to them.
static_assert(sizeof(Option) == sizeof(jr_option));
static_assert(sizeof(Fact) == sizeof(jr_fact));

constexpr Option kOptions[] = {Option::text("a", "X", "text").required().repeatable(),
                               Option::number("n", "N", "number", 3, 5).defaults_to("4"),
                               Option::flag("f", "flag")};
constexpr Fact kConsumes[] = {Fact::text("t").optional()};
constexpr Fact kProvides[] = {Fact::number("n").while_configuring()};
constexpr jr_str kAfter[] = {to_str("one"), to_str("two")};

TEST(Face, BuildsTheDescriptorAsAConstant) {
  constexpr jr_stage_descriptor kRaw = Descriptor("id", "1.2.3", "summary")
                                           .options(kOptions)
                                           .consumes(kConsumes)
                                           .provides(kProvides)
                                           .after(kAfter)
                                           .traits(JR_TRAIT_FORKS)
                                           .traits(JR_TRAIT_TERMINAL)
                                           .capability(0)
                                           .capability(40)
                                           .with_ops(nullptr);
  EXPECT_EQ(kRaw.struct_size, sizeof(jr_stage_descriptor));
  EXPECT_EQ(to_view(kRaw.id), "id");
  EXPECT_EQ(kRaw.traits, JR_TRAIT_FORKS | JR_TRAIT_TERMINAL);
  EXPECT_EQ(kRaw.capabilities, 1U | uint64_t{1} << 40);
  EXPECT_EQ(kRaw.option_count, 3U);
  EXPECT_EQ(kRaw.option_stride, sizeof(jr_option));
  EXPECT_EQ(kRaw.options[0].flags, JR_OPTION_REQUIRED | JR_OPTION_REPEATABLE);
  EXPECT_EQ(kRaw.options[1].minimum, 3U);
  EXPECT_EQ(kRaw.options[1].maximum, 5U);
  EXPECT_EQ(to_view(kRaw.options[1].default_value), "4");
  EXPECT_EQ(kRaw.options[2].type, JR_OPTION_FLAG);
  EXPECT_EQ(kRaw.consumes[0].flags, JR_FACT_OPTIONAL);
  EXPECT_EQ(kRaw.provides[0].flags, JR_FACT_CONFIGURED);
  EXPECT_EQ(kRaw.provides[0].type, JR_FACT_NUMBER);
  EXPECT_EQ(kRaw.after.count, 2U);
  EXPECT_EQ(kRaw.before.count, 0U);
}

TEST(Strings, AnEmptyOneMayHaveNoData) {
  EXPECT_EQ(to_view(jr_str{nullptr, 0}), "");
  EXPECT_EQ(to_view(jr_bytes{nullptr, 0}), "");
  EXPECT_EQ(to_view(jr_bytes{"a\0b", 3}), std::string_view("a\0b", 3));
}

// A runner that notes the failures it is told of; one test at a time.
struct Noted {
  jr_status status = JR_OK;
  int32_t error_number = 0;
  std::string sentence;
  int failures = 0;
  int directories = 0;
};
Noted& noted() {
  static Noted instance;
  return instance;
}

jr_status fail(jr_ctx*, jr_status status, int32_t error_number, jr_str sentence) {
  if (noted().failures++ == 0) {
    noted().status = status;
    noted().error_number = error_number;
    noted().sentence = std::string(to_view(sentence));
  }
  return status;
}
jr_status token(jr_ctx*, uint8_t bytes[16]) {
  for (uint8_t i = 0; i < 16; ++i) bytes[i] = static_cast<uint8_t>(0x0f + 0x10 * i);
  return JR_OK;
}
jr_status slot(jr_ctx*, jr_str name, jr_str* value) {
  if (to_view(name) != "set") return JR_ERROR_INPUT;
  *value = to_str("value");
  return JR_OK;
}
jr_host host() {
  jr_host host = {};
  host.struct_size = sizeof host;
  host.fail = fail;
  host.token = token;
  host.slot = slot;
  return host;
}

jr_status directory(jr_ctx*, const jr_directory*) { return ++noted().directories, JR_OK; }
jr_status refuse_directory(jr_ctx*, const jr_directory*) { return ++noted().directories, JR_ERROR_INPUT; }

// A stage that plans two directories and goes on whatever happens.
class Two final : public Stage {
  Result<void> plan(Plan& plan) override {
    plan.directory("/a", 0700, {0, 0});
    plan.directory("/b", 0700, {0, 0});
    return {};
  }
};

jr_status plan_two(const jr_actions& actions) {
  noted() = {};
  const jr_host runner = host();
  const jr_stage_ops& ops = detail::kOps<Two>;
  jr_stage* stage = ops.create(&runner);
  const jr_status status = ops.plan(stage, nullptr, &actions);
  ops.destroy(stage);
  return status;
}

TEST(Face, CallsTheRunnersFunctions) {
  jr_actions actions = {};
  actions.struct_size = sizeof actions;
  actions.directory = directory;
  EXPECT_EQ(plan_two(actions), JR_OK);
  EXPECT_EQ(noted().directories, 2);
  EXPECT_EQ(noted().failures, 0);
}

TEST(Face, ReturnsARefusalThatTheStageDidNotLookAt) {
  jr_actions actions = {};
  actions.struct_size = sizeof actions;
  actions.directory = refuse_directory;
  EXPECT_EQ(plan_two(actions), JR_ERROR_INPUT);
}

TEST(Face, SaysSoWhereTheRunnerLacksAFunction) {
  jr_actions actions = {};
  actions.struct_size = sizeof actions;
  EXPECT_EQ(plan_two(actions), JR_ERROR_UNSUPPORTED);
  EXPECT_EQ(noted().sentence, "this jailrun has no action 'directory': a later one is needed");
}

// Beyond the end of the runner's table there is something else, not a function.
TEST(Face, ReadsTheRunnersTableNoFurtherThanItReaches) {
  jr_actions actions = {};
  actions.directory = directory;
  actions.struct_size = offsetof(jr_actions, directory) + sizeof actions.directory - 1;
  EXPECT_EQ(plan_two(actions), JR_ERROR_UNSUPPORTED);
  EXPECT_EQ(noted().directories, 0);
  actions.struct_size += 1;
  EXPECT_EQ(plan_two(actions), JR_OK);
}

class Careless final : public Stage {
  Result<void> plan(Plan&) override { return {}; }
};

TEST(Face, ACallThatNobodyWroteIsAnErrorToPerformAndNoneToRelease) {
  noted() = {};
  const jr_host runner = host();
  const jr_stage_ops& ops = detail::kOps<Careless>;
  jr_stage* stage = ops.create(&runner);
  EXPECT_EQ(ops.configure(stage, nullptr), JR_OK);
  EXPECT_EQ(ops.perform(stage, nullptr, to_str("make"), {nullptr, 0}), JR_ERROR_INTERNAL);
  EXPECT_EQ(noted().sentence, "call 'make' was planned but perform() is not written");
  EXPECT_EQ(ops.release(stage, nullptr, to_str("make"), {nullptr, 0}, JR_RELEASE_ROLLBACK), JR_OK);
  ops.destroy(stage);
}

class Listener final : public Stage {
  Result<void> plan(Plan&) override { return {}; }
  Result<bool> command(Context&, std::string_view verb, const std::vector<std::string>& words,
                       std::string_view name, std::string_view) override {
    if (words.empty()) return input_error("nothing to " + std::string(verb));
    return words.front() == name;
  }
};

TEST(Face, ACommandIsDoneOrMeantForAnotherCallOrRefused) {
  noted() = {};
  const jr_host runner = host();
  const jr_stage_ops& ops = detail::kOps<Listener>;
  jr_stage* stage = ops.create(&runner);
  const jr_str words[] = {to_str("disk"), to_str("8G")};
  const auto told = [&](std::string_view name, uint64_t count) {
    return ops.command(stage, nullptr, to_str("grow"), {words, count}, to_str(name), {nullptr, 0});
  };
  EXPECT_EQ(told("disk", 2), JR_OK);
  EXPECT_EQ(told("other", 2), JR_NOT_MINE);
  EXPECT_EQ(noted().failures, 0);
  EXPECT_EQ(told("disk", 0), JR_ERROR_INPUT);
  EXPECT_EQ(noted().sentence, "nothing to grow");
  ops.destroy(stage);
}

TEST(Face, AStageThatWroteNoCommandIsNeverMeant) {
  const jr_host runner = host();
  const jr_stage_ops& ops = detail::kOps<Careless>;
  jr_stage* stage = ops.create(&runner);
  EXPECT_EQ(ops.command(stage, nullptr, to_str("grow"), {nullptr, 0}, to_str("make"), {nullptr, 0}),
            JR_NOT_MINE);
  ops.destroy(stage);
}

class Unmade final : public Stage {
 public:
  Unmade() { throw 7; }

 private:
  Result<void> plan(Plan&) override { return {}; }
};

TEST(Face, AStageWhoseConstructorThrowsIsNotMade) {
  const jr_host runner = host();
  EXPECT_EQ(detail::kOps<Unmade>.create(&runner), nullptr);
}

TEST(Face, GivesTheTokenInHexadecimal) {
  const jr_host runner = host();
  EXPECT_EQ(Context(&runner, nullptr).token(), "0f1f2f3f4f5f6f7f8f9fafbfcfdfefff");
}

TEST(Face, ASlotThatWasNeverSetIsNoRefusal) {
  const jr_host runner = host();
  Context context(&runner, nullptr);
  std::string value = "untouched";
  EXPECT_FALSE(context.slot("unset", value));
  EXPECT_EQ(value, "untouched");
  EXPECT_TRUE(context.slot("set", value));
  EXPECT_EQ(value, "value");
  EXPECT_EQ(context.refusal(), JR_OK);
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value(7);
  const Result<int> error(input_error("no"));
  ASSERT_TRUE(value);
  EXPECT_EQ(value.value(), 7);
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().sentence, "no");
  EXPECT_TRUE(Result<void>());
  EXPECT_FALSE(Result<void>(internal_error("no")));
}

Result<int> twice(const Result<int>& given) {
  JR_ASSIGN(const int value, given);
  return 2 * value;
}

TEST(Result, AnErrorLeavesTheFunctionThatTries) {
  EXPECT_EQ(twice(21).value(), 42);
  EXPECT_EQ(twice(input_error("no")).error().sentence, "no");
}

}  // namespace
}  // namespace jailrun
