// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/config.hpp"

#include <gtest/gtest.h>

namespace jailrun::core {
namespace {

using std::string_view_literals::operator""sv;

struct Read {
  Config config;
  std::vector<Finding> findings;

  std::string finding_lines() const {
    std::string text;
    for (const Finding& finding : findings) text += finding.text() + "\n";
    return text;
  }
};

Read read(std::string_view text) {
  Read read;
  read.config = parse_config("a.conf", text, read.findings);
  return read;
}

// "name: key=value key=value" a section.
std::string shown(const Section& section) {
  std::string text = section.name + ":";
  for (const Setting& setting : section.settings)
    text.append(" ").append(setting.key).append("=").append(setting.value);
  return text;
}

std::string shown(const Config& config) {
  std::string text;
  for (const Section& section : config.stages) text += shown(section) + "\n";
  return text;
}

TEST(Config, SectionsKeepTheOrderOfTheFile) {
  const Read given = read("[zebra]\n[alpha]\n[mid-dle]\n");
  EXPECT_EQ(given.finding_lines(), "");
  EXPECT_EQ(shown(given.config), "zebra:\nalpha:\nmid-dle:\n");
}

TEST(Config, SettingsBelongToTheSectionAboveThem) {
  EXPECT_EQ(shown(read("[one]\na = 1\nb=2\n\n[two]\na = 3\n").config), "one: a=1 b=2\ntwo: a=3\n");
}

TEST(Config, RepeatedKeysAreKeptInTheirOrder) {
  EXPECT_EQ(shown(read("[one]\na = 2\na = 1\na = 2\n").config), "one: a=2 a=1 a=2\n");
}

TEST(Config, TheLastOneOfRepeatedKeysIsFound) {
  const Read given = read("[one]\na = first\na = last\n");
  ASSERT_NE(given.config.stages.at(0).find("a"), nullptr);
  EXPECT_EQ(given.config.stages[0].find("a")->value, "last");
  EXPECT_EQ(given.config.stages[0].find("b"), nullptr);
}

TEST(Config, SectionsAndSettingsKnowTheirLines) {
  const Read given = read("\n# a\n[one]\n\na = 1\n");
  EXPECT_EQ(given.config.stages.at(0).where, "a.conf:3");
  EXPECT_EQ(given.config.stages[0].settings.at(0).where, "a.conf:5");
}

TEST(Config, CommentsBeginALineOrFollowABlank) {
  const Read given = read("# one\n; two\n[one] # three\na = 1 # four\nb = 2\t; five\n  # six\n");
  EXPECT_EQ(given.finding_lines(), "");
  EXPECT_EQ(shown(given.config), "one: a=1 b=2\n");
}

TEST(Config, ACommentMarkInsideAWordIsPartOfTheValue) {
  EXPECT_EQ(shown(read("[one]\na = x#y;z\n").config), "one: a=x#y;z\n");
}

TEST(Config, AValueMayHoldEqualsSignsBlanksAndUtf8) {
  EXPECT_EQ(shown(read("[one]\na = 8:16 rbps=1 =\u00e9\n").config), "one: a=8:16 rbps=1 =\u00e9\n");
}

TEST(Config, AValueMayBeEmpty) {
  const Read given = read("[one]\na =\n");
  EXPECT_EQ(given.finding_lines(), "");
  EXPECT_EQ(shown(given.config), "one: a=\n");
}

TEST(Config, CarriageReturnsAtLineEndsAreDropped) {
  const Read given = read("[one]\r\na = 1\r\n\r\n[two]\r\n");
  EXPECT_EQ(given.finding_lines(), "");
  EXPECT_EQ(shown(given.config), "one: a=1\ntwo:\n");
}

TEST(Config, TheLastLineNeedsNoNewline) { EXPECT_EQ(shown(read("[one]\na = 1").config), "one: a=1\n"); }

TEST(Config, ADuplicateSectionIsAFindingThatNamesTheFirst) {
  const Read given = read("[one]\n[two]\n[one]\n");
  EXPECT_EQ(given.finding_lines(), "a.conf:3: [one] is already at a.conf:1; a stage runs once\n");
}

TEST(Config, SettingsBelowAFaultySectionReachNoStage) {
  EXPECT_EQ(shown(read("[one]\na = 1\n[one]\na = 2\n[Two]\na = 3\n").config), "one: a=1\n");
}

TEST(Config, AKeyBeforeTheFirstSectionIsAFinding) {
  EXPECT_EQ(read("a = 1\n[one]\n").finding_lines(), "a.conf:1: 'a' comes before the first [stage]\n");
}

TEST(Config, ALineThatIsNeitherSectionNorSettingIsAFinding) {
  EXPECT_EQ(read("[one]\nsome words\n").finding_lines(),
            "a.conf:2: 'some words' is neither [stage] nor key = value\n");
}

TEST(Config, AKeyHasOnlyLowerCaseLettersDigitsAndHyphens) {
  EXPECT_EQ(read("[one]\nA = 1\na_b = 2\n = 3\na-1 = 4\n").findings.size(), 3U);
}

TEST(Config, ASectionNameHasOnlyLowerCaseLettersDigitsAndHyphens) {
  EXPECT_EQ(read("[One]\n[]\n[a b]\n[../x]\n[a\n[x]\n").findings.size(), 5U);
}

TEST(Config, AllFaultsAreFoundNotOnlyTheFirst) {
  EXPECT_EQ(read("x = 1\n[one]\nwords\n[one]\n").finding_lines(),
            "a.conf:1: 'x' comes before the first [stage]\n"
            "a.conf:3: 'words' is neither [stage] nor key = value\n"
            "a.conf:4: [one] is already at a.conf:2; a stage runs once\n");
}

TEST(Config, BinaryGarbageIsOneFinding) {
  std::string garbage;
  for (int i = 0; i < 4096; ++i) garbage += static_cast<char>(i * 37 % 256);
  EXPECT_EQ(read(garbage).findings.size(), 1U);
  EXPECT_EQ(read("[one]\n\177ELF\2\1\1\0\0\n\1\n\2\n"sv).finding_lines(),
            "a.conf:2: this line is not text; a pipeline file must be plain text\n");
}

TEST(Config, AZeroByteIsNoText) { EXPECT_EQ(read("[one]\na = 1\0002\n"sv).findings.size(), 1U); }

TEST(Config, AnEmptyFileIsAFinding) {
  EXPECT_EQ(read("").finding_lines(),
            "a.conf: it names no stages; each stage is a section in square brackets\n");
  EXPECT_EQ(read("# nothing\n").findings.size(), 1U);
}

TEST(Config, TheRunnersSectionIsNoStage) {
  const Read given = read("[jailrun]\ntimings = yes\n[one]\n");
  EXPECT_EQ(given.finding_lines(), "");
  EXPECT_EQ(shown(given.config.runner), "jailrun: timings=yes");
  EXPECT_EQ(shown(given.config), "one:\n");
}

TEST(Config, TheRunnersSectionAppearsOnce) {
  const Read given = read("[jailrun]\na = 1\n[one]\n[jailrun]\na = 2\n");
  EXPECT_EQ(given.finding_lines(), "a.conf:4: [jailrun] is already at a.conf:1\n");
}

// As for stages: settings below a section that is refused are ignored.
TEST(Config, SettingsBelowASecondRunnersSectionAreNotTheRunners) {
  EXPECT_EQ(shown(read("[jailrun]\na = 1\n[one]\n[jailrun]\na = 2\n").config.runner), "jailrun: a=1");
}

}  // namespace
}  // namespace jailrun::core
