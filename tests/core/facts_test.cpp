// SPDX-License-Identifier: Apache-2.0
#include "core/stages/facts.hpp"

#include "core/base/message.hpp"

#include <gtest/gtest.h>

namespace jailrun::core {
namespace {

StageDescription writer() {
  StageDescription stage;
  stage.id = "writer";
  stage.provides = {{"word", JR_FACT_TEXT, 0}, {"count", JR_FACT_NUMBER, 0}};
  return stage;
}

StageDescription reader() {
  StageDescription stage;
  stage.id = "reader";
  stage.consumes = {{"word", JR_FACT_TEXT, 0}, {"count", JR_FACT_NUMBER, 0}};
  return stage;
}

template <class T>
std::string refusal(const Result<T>& result) {
  return result ? "none" : message(result.error());
}

TEST(Facts, WhatOneStagePublishesAnotherReads) {
  Facts facts;
  ASSERT_TRUE(facts.publish(writer(), "word", "x"));
  ASSERT_TRUE(facts.publish(writer(), "count", uint64_t{7}));
  const auto word = facts.read(reader(), "word", JR_FACT_TEXT);
  const auto count = facts.read(reader(), "count", JR_FACT_NUMBER);
  ASSERT_TRUE(word && count);
  EXPECT_EQ(std::get<std::string>(*word.value()), "x");
  EXPECT_EQ(std::get<uint64_t>(*count.value()), 7U);
}

TEST(Facts, AStageReadsWhatItPublishedItself) {
  Facts facts;
  ASSERT_TRUE(facts.publish(writer(), "word", "x"));
  EXPECT_TRUE(facts.read(writer(), "word", JR_FACT_TEXT));
}

TEST(Facts, AFactIsWrittenOnce) {
  Facts facts;
  ASSERT_TRUE(facts.publish(writer(), "word", "x"));
  EXPECT_EQ(refusal(facts.publish(writer(), "word", "y")), "the fact word is published twice");
  EXPECT_EQ(std::get<std::string>(*facts.find("word")), "x");
}

TEST(Facts, AnUndeclaredFactIsNotPublished) {
  Facts facts;
  EXPECT_EQ(refusal(facts.publish(reader(), "word", "x")),
            "the fact word is published but not declared under provides");
  EXPECT_EQ(facts.find("word"), nullptr);
}

TEST(Facts, AnUndeclaredFactIsNotRead) {
  Facts facts;
  ASSERT_TRUE(facts.publish(writer(), "word", "x"));
  EXPECT_EQ(refusal(facts.read(StageDescription(), "word", JR_FACT_TEXT)),
            "the fact word is read but not declared under consumes");
}

TEST(Facts, AFactIsPublishedAsItsType) {
  Facts facts;
  EXPECT_EQ(refusal(facts.publish(writer(), "word", uint64_t{1})),
            "the fact word is published as another type than declared");
  EXPECT_EQ(refusal(facts.publish(writer(), "count", "1")),
            "the fact count is published as another type than declared");
}

TEST(Facts, AFactIsReadAsItsType) {
  Facts facts;
  ASSERT_TRUE(facts.publish(writer(), "word", "x"));
  EXPECT_EQ(refusal(facts.read(reader(), "word", JR_FACT_NUMBER)),
            "the fact word is read as another type than declared");
}

TEST(Facts, AFactIsNotReadBeforeItIsPublished) {
  EXPECT_EQ(refusal(Facts().read(reader(), "word", JR_FACT_TEXT)),
            "the fact word is read before it is published");
}

TEST(Facts, AStageSeesOnlyDeclaredAndPublishedFacts) {
  Facts facts;
  EXPECT_FALSE(facts.has(reader(), "word"));
  ASSERT_TRUE(facts.publish(writer(), "word", "x"));
  EXPECT_TRUE(facts.has(reader(), "word"));
  EXPECT_FALSE(facts.has(StageDescription(), "word"));
}

TEST(Facts, PlanningAgainBeginsWithWhatWasPublishedWhileConfiguring) {
  StageDescription stage = writer();
  stage.provides[0].flags = JR_FACT_CONFIGURED;
  Facts facts;
  ASSERT_TRUE(facts.publish(stage, "word", "x"));
  ASSERT_TRUE(facts.publish(stage, "count", uint64_t{7}));
  facts.rewind();
  EXPECT_NE(facts.find("word"), nullptr);
  EXPECT_EQ(facts.find("count"), nullptr);
  EXPECT_TRUE(facts.publish(stage, "count", uint64_t{8}));
}

TEST(Facts, MisuseIsThePluginsFaultNotTheUsers) {
  const auto read = Facts().read(reader(), "word", JR_FACT_TEXT);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().status, JR_ERROR_INTERNAL);
}

}  // namespace
}  // namespace jailrun::core
