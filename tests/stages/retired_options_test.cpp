// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

// One more stage than a launch has by itself.
Launch launch() {
  return Launch().pipeline(
      "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n[retired-options]\n[exec]\n");
}

TEST(RetiredOptions, ChangeNothingOfTheLaunch) {
  EXPECT_EQ(launch().set("seccomp-level", "2").set("extra-args", "x").plan(), launch().plan());
}

TEST(RetiredOptions, RefuseALevelThatNoJailerHad) {
  EXPECT_EQ(launch().set("seccomp-level", "3").plan(),
            "refused: --seccomp-level: '3' is out of range: 0 to 2\n");
  EXPECT_EQ(launch().set("seccomp-level", "all").plan(),
            "refused: --seccomp-level: 'all' is not a number from 0 to 2\n");
}

TEST(RetiredOptions, RefuseOneThatIsGivenTwice) {
  EXPECT_EQ(launch().add("extra-args", "a").add("extra-args", "b").plan().find("refused: "), 0U);
}

}  // namespace
}  // namespace jailrun::tests
