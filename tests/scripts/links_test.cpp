// SPDX-License-Identifier: Apache-2.0
// scripts/check-links: what pages name exists.
#include "tests/scripts/repository.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

TEST(CheckLinks, AcceptsPagesThatReferOnlyToWhatExists) {
  const Repository repository;
  repository.put("docs/more.md", "`core/sys/low` and `core/<room>/low.hpp`, https://x.org/core/none\n");
  const Ran ran = repository.run("scripts/check-links");
  EXPECT_EQ(ran.status, 0) << ran.text;
  EXPECT_EQ(ran.text, "");
}

TEST(CheckLinks, NamesALinkThatLeadsNowhere) {
  const Repository repository;
  repository.put("docs/bad.md", "# Bad\n[gone](../docs/gone.md)\n");
  const Ran ran = repository.run("scripts/check-links");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.text, "docs/bad.md:2: the link ../docs/gone.md leads nowhere\n");
}

TEST(CheckLinks, NamesALinkToAHeadingThatIsNotThere) {
  const Repository repository;
  repository.put("docs/bad.md", "[there](page.md#page), [not there](page.md#third)\n");
  const Ran ran = repository.run("scripts/check-links");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.text, "docs/bad.md:1: the link page.md#third leads to a heading that is not there\n");
}

TEST(CheckLinks, NamesAPathOfTheRepositoryThatDoesNotExist) {
  const Repository repository;
  repository.put("docs/bad.md", "`core/sys/gone.hpp` was core/base/high.hpp.\n");
  const Ran ran = repository.run("scripts/check-links");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.text, "docs/bad.md:1: there is no core/sys/gone.hpp\n");
}

TEST(CheckLinks, NamesATestThatDoesNotExist) {
  const Repository repository;
  repository.put("docs/bad.md", "| nothing | GoneTest |\n");
  const Ran ran = repository.run("scripts/check-links");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.text, "docs/bad.md:1: there is no test GoneTest\n");
}

}  // namespace
}  // namespace jailrun::tests
