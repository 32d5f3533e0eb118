// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/options.hpp"

#include <gtest/gtest.h>

namespace jailrun::core {
namespace {

OptionDescription text(std::string_view name, uint32_t flags = 0, std::string_view fallback = "") {
  return {name, "X", "help", fallback, JR_OPTION_TEXT, flags, 0, 0};
}
OptionDescription number(std::string_view name, uint64_t minimum, uint64_t maximum) {
  return {name, "N", "help", "", JR_OPTION_NUMBER, 0, minimum, maximum};
}
OptionDescription flag(std::string_view name) { return {name, "", "help", "", JR_OPTION_FLAG, 0, 0, 0}; }

StageDescription stage(std::vector<OptionDescription> options, std::string_view id = "one") {
  StageDescription stage;
  stage.id = id;
  stage.options = std::move(options);
  return stage;
}

Section section(const std::vector<std::pair<std::string, std::string>>& settings,
                const std::string& name = "one") {
  Section section = {name, "a.conf:1", {}};
  for (const auto& [key, value] : settings)
    section.settings.push_back({key, value, "a.conf:" + std::to_string(section.settings.size() + 2)});
  return section;
}

std::string values_of(const OptionValues& options, std::string_view name) {
  std::string line;
  for (const OptionValue& value : options.of(name))
    line += (line.empty() ? "" : " | ") + value.origin + " gives " + value.text;
  return line;
}

std::string lines(const std::vector<Finding>& findings) {
  std::string all;
  for (const Finding& finding : findings) all += finding.text() + "\n";
  return all;
}

class Options : public testing::Test {
 protected:
  void fill(const StageDescription& from, const std::vector<std::pair<std::string, std::string>>& settings) {
    options_.fill_from(section(settings), from, findings_);
  }
  std::string findings() const { return lines(findings_); }

  OptionValues options_;
  std::vector<Finding> findings_;
};

TEST_F(Options, AnOptionThatNobodyGaveHasNoValue) {
  fill(stage({text("a")}), {});
  EXPECT_TRUE(options_.of("a").empty());
}

TEST_F(Options, TheFileGivesAValueAndItsPlace) {
  fill(stage({text("a")}), {{"a", "x"}});
  EXPECT_EQ(values_of(options_, "a"), "a.conf:2: a gives x");
}

TEST_F(Options, TheFileWinsOverTheDefault) {
  const StageDescription one = stage({text("a", 0, "fallback"), text("b", 0, "other")});
  fill(one, {{"a", "x"}});
  options_.fill_defaults(one);
  EXPECT_EQ(values_of(options_, "a"), "a.conf:2: a gives x");
  EXPECT_EQ(values_of(options_, "b"), "default of b gives other");
}

TEST_F(Options, TheCommandLineWinsOverTheFile) {
  options_.give("a", {{"y", "--a"}});
  fill(stage({text("a", 0, "fallback")}), {{"a", "x"}});
  EXPECT_EQ(values_of(options_, "a"), "--a gives y");
}

TEST_F(Options, TheCommandLineReplacesAllThatTheFileGives) {
  options_.give("a", {{"y", "--a"}});
  fill(stage({text("a", JR_OPTION_REPEATABLE)}), {{"a", "1"}, {"a", "2"}});
  EXPECT_EQ(values_of(options_, "a"), "--a gives y");
}

TEST_F(Options, ARepeatableOptionKeepsAllValuesInTheirOrder) {
  fill(stage({text("a", JR_OPTION_REPEATABLE)}), {{"a", "2"}, {"a", "1"}});
  EXPECT_EQ(values_of(options_, "a"), "a.conf:2: a gives 2 | a.conf:3: a gives 1");
}

TEST_F(Options, ASingleOptionGivenTwiceIsAFinding) {
  fill(stage({text("a")}), {{"a", "1"}, {"a", "1"}});
  EXPECT_EQ(findings(), "a.conf:3: a is given twice\n");
}

TEST_F(Options, AnUnknownKeyIsAFindingThatListsTheKnownOnes) {
  fill(stage({text("a")}), {{"b", "1"}});
  EXPECT_EQ(findings(), "a.conf:2: [one] has no option 'b'; it has a\n");
}

TEST_F(Options, ThePluginsFileIsNoOptionOfTheStage) {
  fill(stage({}), {{"plugin", "/x.so"}});
  EXPECT_EQ(findings(), "");
}

TEST_F(Options, AllFindingsOfASectionAreFound) {
  fill(stage({number("n", 1, 9)}), {{"x", "1"}, {"n", "ten"}, {"y", "1"}});
  EXPECT_EQ(findings_.size(), 3U);
}

TEST_F(Options, AFlagIsOnWithYesAndOffWithNo) {
  fill(stage({flag("a"), flag("b")}), {{"a", "yes"}, {"b", "no"}});
  EXPECT_EQ(options_.of("a").size(), 1U);
  EXPECT_EQ(options_.of("b").size(), 0U);
  EXPECT_EQ(findings(), "");
}

TEST_F(Options, AFlagIsNeitherTrueNorOne) {
  fill(stage({flag("a")}), {{"a", "true"}});
  EXPECT_EQ(findings(), "a.conf:2: a: 'true' is neither yes nor no\n");
}

TEST_F(Options, AFlagThatIsOffGivenTwiceIsAFindingToo) {
  fill(stage({flag("a")}), {{"a", "no"}, {"a", "yes"}});
  EXPECT_EQ(findings(), "a.conf:3: a is given twice\n");
}

TEST_F(Options, AFlagOnTheCommandLineWinsOverNoInTheFile) {
  options_.give("a", {{"yes", "--a"}});
  fill(stage({flag("a")}), {{"a", "no"}});
  EXPECT_EQ(values_of(options_, "a"), "--a gives yes");
}

TEST_F(Options, ARequiredOptionWithoutAValueIsAFinding) {
  const StageDescription one = stage({text("a", JR_OPTION_REQUIRED)});
  options_.validate(one, findings_);
  EXPECT_EQ(findings(), "stage one: --a is required\n");
}

TEST_F(Options, ARequiredOptionMayComeFromTheFile) {
  const StageDescription one = stage({text("a", JR_OPTION_REQUIRED)});
  fill(one, {{"a", "x"}});
  options_.validate(one, findings_);
  EXPECT_EQ(findings(), "");
}

TEST_F(Options, AValueFromTheCommandLineIsValidatedWithItsOrigin) {
  options_.give("n", {{"10", "--n"}});
  options_.validate(stage({number("n", 1, 9)}), findings_);
  EXPECT_EQ(findings(), "--n: '10' is out of range: 1 to 9\n");
}

TEST_F(Options, TwoStagesShareAnEqualOption) {
  const StageDescription one = stage({text("a")});
  const StageDescription two = stage({text("a")}, "two");
  options_.fill_from(section({{"a", "x"}}), one, findings_);
  options_.fill_from(section({}, "two"), two, findings_);
  EXPECT_EQ(values_of(options_, "a"), "a.conf:2: a gives x");
  EXPECT_EQ(findings(), "");
}

// Which of the two would hold? The same single option twice is an error wherever it is given.
TEST_F(Options, ASharedSingleOptionGivenInTwoSectionsIsAFinding) {
  options_.fill_from(section({{"a", "x"}}), stage({text("a")}), findings_);
  options_.fill_from(section({{"a", "y"}}, "two"), stage({text("a")}, "two"), findings_);
  EXPECT_EQ(findings_.size(), 1U);
}

TEST(OptionNumber, IsWithinItsRangeInclusively) {
  const OptionDescription option = number("n", 3, 5);
  EXPECT_EQ(value_error(option, "2"), "'2' is out of range: 3 to 5");
  EXPECT_EQ(value_error(option, "3"), "");
  EXPECT_EQ(value_error(option, "5"), "");
  EXPECT_EQ(value_error(option, "6"), "'6' is out of range: 3 to 5");
}

TEST(OptionNumber, IsPlainDecimal) {
  const OptionDescription option = number("n", 0, 100);
  for (const char* wrong : {"", "-1", "+1", " 1", "1 ", "0x10", "1e1", "1.0", "ten", "\u0661"})
    EXPECT_EQ(value_error(option, wrong), "'" + std::string(wrong) + "' is not a number from 0 to 100");
}

TEST(OptionNumber, ReachesTheLargestThatFitsAndNotOneMore) {
  const OptionDescription option = number("n", 0, UINT64_MAX);
  EXPECT_EQ(value_error(option, "18446744073709551615"), "");
  EXPECT_EQ(value_error(option, "18446744073709551616"),
            "'18446744073709551616' is out of range: 0 to 18446744073709551615");
  EXPECT_EQ(value_error(option, "99999999999999999999999"),
            "'99999999999999999999999' is out of range: 0 to 18446744073709551615");
}

TEST(OptionText, TakesAnything) {
  EXPECT_EQ(value_error(text("a"), ""), "");
  EXPECT_EQ(value_error(text("a"), "-1 \n"), "");
}

}  // namespace
}  // namespace jailrun::core
