// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

std::string plan_over(const std::string& lower) {
  return Launch()
      .pipeline(
          "[validate-id]\n[overlay-root]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n[exec]\n")
      .set("overlay-lower", lower)
      .plan_of("overlay-root");
}

std::string refused(const std::string& sentence) {
  return "refused: stage overlay-root: --overlay-lower: " + sentence + "\n";
}

TEST(OverlayRoot, MountsOnTheRoot) {
  EXPECT_EQ(plan_over("/etc"),
            "prepare root /usr/vmm/web-1/root  0700 1234:100\n"
            "prepare overlay-root /usr/vmm/web-1/root  0700 1234:100 over /etc, rw,nosuid\n");
}

TEST(OverlayRoot, ShowsTheDirectoryThatALinkLeadsTo) {
  const TempDirectory directory;
  EXPECT_EQ(plan_over(directory.link("link", "/etc")), plan_over("/etc"));
}

TEST(OverlayRoot, RefusesADirectoryThatIsNotThere) {
  EXPECT_EQ(plan_over("/absent"), refused("/absent: No such file or directory"));
}

TEST(OverlayRoot, RefusesWhatIsNoDirectory) {
  EXPECT_EQ(plan_over("/etc/passwd"), refused("/etc/passwd is not a directory"));
}

TEST(OverlayRoot, RefusesADirectoryThatTheJailIsBelow) {
  for (const char* lower : {"/", "/usr"})
    EXPECT_EQ(plan_over(lower), refused("one of " + std::string(lower) +
                                        " and the jail's directory /usr/vmm/web-1 is inside the other: "
                                        "name a directory outside it"));
}

TEST(OverlayRoot, NeedsItsOption) {
  const std::string plan = Launch()
                               .pipeline(
                                   "[validate-id]\n[overlay-root]\n[chroot-builder]\nchroot-base-dir = "
                                   "/usr\n[drop-privs]\n[exec]\n")
                               .plan();
  EXPECT_NE(plan.find("--overlay-lower"), std::string::npos) << plan;
}

}  // namespace
}  // namespace jailrun::tests
