// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

std::string plan(const std::string& path) { return Launch().add("netns", path).plan_of("netns"); }

TEST(Netns, PlansNothingWithoutItsOption) { EXPECT_EQ(Launch().plan_of("netns"), ""); }

TEST(Netns, OpensTheNamespaceInPrepareAndJoinsItInEnter) {
  EXPECT_EQ(plan("/proc/self/ns/net"),
            "prepare open-namespace /proc/self/ns/net\n"
            "enter join-namespace /proc/self/ns/net\n");
}

TEST(Netns, RefusesAPathThatIsNotThere) {
  EXPECT_EQ(plan("/run/netns/absent"),
            "refused: stage netns: --netns: /run/netns/absent: No such file or directory\n");
}

TEST(Netns, RefusesWhatIsNoNamespace) {
  EXPECT_EQ(plan("/etc/passwd"), "refused: stage netns: --netns: /etc/passwd is not a network namespace\n");
}

TEST(Netns, RefusesANamespaceOfAnotherKind) {
  EXPECT_EQ(plan("/proc/self/ns/mnt"),
            "refused: stage netns: --netns: /proc/self/ns/mnt is not a network namespace\n");
}

TEST(Netns, DoesNotWaitForAFifo) {
  const TempDirectory directory;
  EXPECT_EQ(plan(directory.fifo("fifo")),
            "refused: stage netns: --netns: " + (directory / "fifo") + " is not a network namespace\n");
}

}  // namespace
}  // namespace jailrun::tests
