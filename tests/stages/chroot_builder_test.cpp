// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mounted_as.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <string>

#include <sys/statvfs.h>

namespace jailrun::tests {
namespace {

std::string plan_with_base(const std::string& base) {
  return Launch().set("chroot-base-dir", base).plan_of("chroot-builder");
}

TEST(ChrootBuilder, PlansTheRootWithRunAndTheProgram) {
  EXPECT_EQ(Launch().plan_of("chroot-builder"),
            "prepare root /usr/vmm/web-1/root  0700 1234:100\n"
            "prepare directory /run  0700 1234:100\n"
            "prepare copy /vmm  mode as source 1234:100 from TMP/vmm\n"
            "enter new-root /usr/vmm/web-1/root\n");
}

TEST(ChrootBuilder, SealsTheRootAfterAllOtherMounts) {
  const std::string plan =
      Launch()
          .pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[tmp]\n[drop-privs]\n[exec]\n")
          .flag("read-only-root")
          .plan();
  const size_t at = plan.find("enter chroot-builder: read-only-root /usr/vmm/web-1/root\nenter drop-privs: ");
  EXPECT_NE(at, std::string::npos) << plan;
  EXPECT_LT(plan.find("enter tmp: mount /tmp\n"), at) << plan;
}

TEST(ChrootBuilder, PutsTheJailBelowTheBasesRealPath) {
  const TempDirectory directory;
  directory.link("link", "/usr");
  EXPECT_EQ(plan_with_base(directory / "link").find("prepare root /usr/vmm/web-1/root"), 0U);
}

TEST(ChrootBuilder, CopiesTheProgramThatALinkLeadsToUnderItsRealName) {
  const TempDirectory directory;
  const std::string link = directory.link("alias", program());
  EXPECT_EQ(Launch().set("exec-file", link).plan_of("chroot-builder"), Launch().plan_of("chroot-builder"));
}

TEST(ChrootBuilder, RefusesABaseThatIsNotThere) {
  EXPECT_EQ(
      plan_with_base("/absent"),
      "refused: stage chroot-builder: --chroot-base-dir: /absent does not exist: make it with 'mkdir -p "
      "/absent'\n");
}

TEST(ChrootBuilder, RefusesABaseThatIsNoDirectory) {
  EXPECT_EQ(plan_with_base("/etc/passwd"),
            "refused: stage chroot-builder: --chroot-base-dir: /etc/passwd is not a directory\n");
}

TEST(ChrootBuilder, RefusesABaseWhereNoProgramCanBeStarted) {
  const MountedAs noexec("/usr", ST_NOEXEC);
  EXPECT_EQ(plan_with_base("/usr"),
            "refused: stage chroot-builder: --chroot-base-dir: /usr is on a filesystem mounted noexec: no "
            "program could be "
            "started in the jail\n");
}

// Whatever becomes of it: a plan, or a refusal that names the option.
TEST(ChrootBuilder, TakesTheRootDirectoryForABaseOrSaysThatItIsTheBase) {
  const std::string plan = plan_with_base("/");
  EXPECT_TRUE(plan.find("prepare root /vmm/web-1/root") == 0 ||
              plan.find("--chroot-base-dir") != std::string::npos)
      << plan;
}

}  // namespace
}  // namespace jailrun::tests
