// SPDX-License-Identifier: Apache-2.0
#include "core/sys/user_namespace.hpp"

#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace jailrun::sys {
namespace {

const IdRanges kRanges = {{0, 1000, 1}, {1, 100000, 65536}};

TEST(UserNamespaceMaps, ShowsItsRanges) {
  EXPECT_EQ(text_of(kRanges), "0:1000:1,1:100000:65536");
  EXPECT_EQ(text_of({}), "");
}

TEST(UserNamespaceMaps, KnowsWhatAnIdIsInside) {
  EXPECT_EQ(inside_id(kRanges, 1000), 0U);
  EXPECT_EQ(inside_id(kRanges, 100000), 1U);
  EXPECT_EQ(inside_id(kRanges, 165535), 65536U);
  for (const uint32_t other : {0U, 999U, 1001U, 99999U, 165536U, 4294967294U})
    EXPECT_EQ(inside_id(kRanges, other), std::nullopt) << other;
}

TEST(UserNamespaceMaps, CanMapOnlyIdsOfTheRunnersOwn) {
  const auto unknown = [](const IdRanges& ranges, const std::string& map) {
    return first_unknown_id(ranges, map);
  };
  EXPECT_EQ(unknown({{0, 0, 4294967295}}, "         0          0 4294967295\n"), std::nullopt);
  const std::string containers = "         0     100000      65536\n     70000       5000         10\n";
  EXPECT_EQ(unknown({{0, 65535, 1}}, containers), std::nullopt);
  EXPECT_EQ(unknown({{0, 65535, 2}}, containers), 65536U);
  EXPECT_EQ(unknown({{0, 1, 2}, {5, 70005, 5}}, containers), std::nullopt);
  EXPECT_EQ(unknown({{0, 1, 2}, {5, 70005, 6}}, containers), 70010U);
  // Lines that follow each other, in any order.
  EXPECT_EQ(unknown({{0, 5, 10}}, "10 500 10\n0 100 10\n"), std::nullopt);
  EXPECT_EQ(unknown({{0, 5, 1}}, ""), 5U);
}

TEST(UserNamespaceMaps, IsMissingWhereTheKernelSaysSo) {
  const tests::TempDirectory directory;
  std::filesystem::create_directories(directory / "self/ns");
  std::filesystem::create_directories(directory / "sys/user");
  EXPECT_EQ(missing_user_namespace(directory.path()), "");
  directory.file("self/ns/mnt", "");
  EXPECT_EQ(missing_user_namespace(directory.path()), "this kernel has no user namespaces");
  directory.file("self/ns/user", "");
  EXPECT_EQ(missing_user_namespace(directory.path()), "");
  directory.file("sys/user/max_user_namespaces", "10\n");
  EXPECT_EQ(missing_user_namespace(directory.path()), "");
  directory.file("sys/user/max_user_namespaces", "0\n");
  EXPECT_EQ(missing_user_namespace(directory.path()),
            "the sysctl user.max_user_namespaces is 0, which forbids user namespaces");
}

}  // namespace
}  // namespace jailrun::sys
