// SPDX-License-Identifier: Apache-2.0
#include "core/sys/directories.hpp"

#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace jailrun::sys {
namespace {

using tests::TempDirectory;

TEST(Directories, AListHasEveryNameOnce) {
  const TempDirectory directory;
  std::vector<std::string> made;
  constexpr int kMoreThanOneReadGives = 300;
  for (int i = 0; i < kMoreThanOneReadGives; ++i) {
    made.push_back("a-name-of-some-length-" + std::to_string(i));
    directory.file(made.back());
  }
  std::vector<std::string> listed = list_directory(directory.path());
  std::sort(made.begin(), made.end());
  std::sort(listed.begin(), listed.end());
  EXPECT_EQ(listed, made);
}

TEST(Directories, WhatIsNoDirectoryHasNoNames) {
  const TempDirectory directory;
  EXPECT_TRUE(list_directory(directory.file("file")).empty());
  EXPECT_TRUE(list_directory(directory / "absent").empty());
}

TEST(Directories, ALockedDirectoryIsNewOrWasThere) {
  const TempDirectory directory;
  const UniqueFd parent = directory.open();
  {
    const Result<LockedDirectory> made = make_locked(parent.get(), "a");
    ASSERT_TRUE(made);
    EXPECT_TRUE(made.value().is_new);
    const Result<LockedDirectory> again = make_locked(parent.get(), "a");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().error_number, EWOULDBLOCK);
  }
  const Result<LockedDirectory> found = make_locked(parent.get(), "a");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found.value().is_new);
}

}  // namespace
}  // namespace jailrun::sys
