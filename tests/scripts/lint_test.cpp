// SPDX-License-Identifier: Apache-2.0
// The checks of the tree that ./dev lint makes fail where they should: each finds a fault that was planted.
#include "tests/scripts/repository.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

TEST(CheckLayers, AcceptsIncludesOfLowerRooms) {
  const Repository repository;
  const Ran ran = repository.run("scripts/check-layers");
  EXPECT_EQ(ran.status, 0) << ran.text;
}

TEST(CheckLayers, NamesBothFilesOfAnIncludeOfAHigherRoom) {
  const Repository repository;
  repository.put("core/sys/bad.hpp", "\n#include \"core/base/high.hpp\"\n");
  const Ran ran = repository.run("scripts/check-layers");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.text.rfind("core/sys/bad.hpp:2 includes core/base/high.hpp", 0), 0u) << ran.text;
}

TEST(CheckLayers, NamesTheFilesOfACycle) {
  const Repository repository;
  repository.put("core/sys/one.hpp", "#include \"core/sys/two.hpp\"\n");
  repository.put("core/sys/two.hpp", "#include \"core/sys/one.hpp\"\n");
  const Ran ran = repository.run("scripts/check-layers");
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.text.find("core/sys/one"), std::string::npos) << ran.text;
  EXPECT_NE(ran.text.find("core/sys/two"), std::string::npos) << ran.text;
}

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
