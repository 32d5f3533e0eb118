// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

std::string plan(const std::string& id) { return Launch().set("id", id).plan_of("validate-id"); }

TEST(ValidateId, ClaimsTheJail) { EXPECT_EQ(plan("web-1"), "prepare claim /usr/vmm/web-1\n"); }

TEST(ValidateId, TakesAsciiLettersDigitsAndHyphens) {
  for (const char* id : {"a", "A", "0", "-", "aZ-09"})
    EXPECT_EQ(plan(id), "prepare claim /usr/vmm/" + std::string(id) + "\n");
}

TEST(ValidateId, Takes64CharactersAndNotOneMore) {
  EXPECT_EQ(plan(std::string(64, 'a')), "prepare claim /usr/vmm/" + std::string(64, 'a') + "\n");
  EXPECT_EQ(plan(std::string(65, 'a')), "refused: stage validate-id: --id: '" + std::string(65, 'a') +
                                            "' is longer than 64 characters\n");
}

TEST(ValidateId, RefusesAnEmptyId) {
  EXPECT_EQ(plan(""), "refused: stage validate-id: --id: '' is empty; an id has 1 to 64 characters\n");
}

TEST(ValidateId, RefusesWhatCouldLeadElsewhere) {
  for (const char* id : {"a/b", "/", ".", "..", "a.b", "a b", "a_b", "a\nb", "caf\u00e9", "\u0430"})
    EXPECT_EQ(plan(id), "refused: stage validate-id: --id: '" + std::string(id) +
                            "' may contain only ASCII letters, digits and hyphens\n");
}

TEST(ValidateId, NeedsAnId) {
  EXPECT_EQ(Launch().without("id").plan(), "refused: stage validate-id: --id is required\n");
}

}  // namespace
}  // namespace jailrun::tests
