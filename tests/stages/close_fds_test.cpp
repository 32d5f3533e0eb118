// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

TEST(CloseFds, KeepsTheThreeStandardStreams) {
  EXPECT_EQ(Launch().plan_of("close-fds"), "prepare close-fds all but 0 1 2\n");
}

TEST(CloseFds, KeepsTheDescriptorsItIsTold) {
  EXPECT_EQ(Launch().add("keep", "5").add("keep", "17").plan_of("close-fds"),
            "prepare close-fds all but 0 1 2 5 17\n");
}

TEST(CloseFds, RefusesWhatIsNoDescriptor) {
  EXPECT_EQ(Launch().add("keep", "-1").plan(), "refused: --keep: '-1' is not a number from 0 to 1048576\n");
  EXPECT_EQ(Launch().add("keep", "1048577").plan(),
            "refused: --keep: '1048577' is out of range: 0 to 1048576\n");
}

}  // namespace
}  // namespace jailrun::tests
