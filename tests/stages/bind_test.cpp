// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

std::string plan(const std::string& bind) { return Launch().add("bind", bind).plan_of("bind"); }

std::string refused(const std::string& sentence) { return "refused: stage bind: --bind: " + sentence + "\n"; }

TEST(Bind, PlansNothingWithoutItsOption) { EXPECT_EQ(Launch().plan_of("bind"), ""); }

TEST(Bind, ShowsADirectoryReadOnlyAtAPlaceThatItMakes) {
  EXPECT_EQ(plan("/usr/lib:/lib/host"),
            "prepare directory /lib  0755 0:0\n"
            "prepare directory /lib/host  0755 0:0\n"
            "prepare take-tree /usr/lib  ro,nodev,nosuid\n"
            "enter bind /lib/host\n");
}

TEST(Bind, ShowsAFileOverAnEmptyOne) {
  EXPECT_EQ(plan("/etc/passwd:/etc/passwd"),
            "prepare directory /etc  0755 0:0\n"
            "prepare write /etc/passwd  0444 0:0\n"
            "prepare take-tree /etc/passwd  ro,nodev,nosuid\n"
            "enter bind /etc/passwd\n");
}

TEST(Bind, MakesADirectoryThatTwoBindsShareOnce) {
  EXPECT_EQ(Launch().add("bind", "/usr/lib:/a/b").add("bind", "/usr/bin:/a/c").plan_of("bind"),
            "prepare directory /a  0755 0:0\n"
            "prepare directory /a/b  0755 0:0\n"
            "prepare directory /a/c  0755 0:0\n"
            "prepare take-tree /usr/lib  ro,nodev,nosuid\n"
            "prepare take-tree /usr/bin  ro,nodev,nosuid\n"
            "enter bind /a/b\n"
            "enter bind /a/c\n");
}

TEST(Bind, TakesItsWordsInAnyNumber) {
  EXPECT_NE(plan("/usr:/a:rw").find("take-tree /usr  rw,nodev,nosuid\n"), std::string::npos);
  EXPECT_NE(plan("/usr:/a:nosuid,nodev,noexec,rec").find("take-tree /usr  ro,nodev,nosuid,noexec,rbind\n"),
            std::string::npos);
}

TEST(Bind, MapsOwnersByAUserNamespace) {
  const std::string text = plan("/usr:/a:idmap");
  EXPECT_NE(text.find("stage bind (--bind) maps the owners of what it shows at /a, and no stage plans a user "
                      "namespace: user-namespace does"),
            std::string::npos)
      << text;
  const auto pipeline = [](const std::string& bind) {
    return Launch()
        .pipeline(
            "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[bind]\n[user-namespace]\n"
            "unsupported = warn\n[drop-privs]\n[exec]\n")
        .add("bind", bind)
        .plan_of("bind");
  };
  EXPECT_NE(pipeline("/usr:/a:idmap").find("take-tree /usr  ro,nodev,nosuid,idmap\n"), std::string::npos)
      << pipeline("/usr:/a:idmap");
}

// Files of the host's root's, with any mode, are made there by whom the kernel takes for it.
TEST(Bind, MapsOwnersOfWhatOthersCanReachOnlyReadOnly) {
  EXPECT_NE(plan("/usr:/a:rw,idmap").find("it must be in a directory that root alone can enter"),
            std::string::npos);
}

TEST(Bind, ShowsDevicesAndSetUserIdFilesWhereItIsTold) {
  EXPECT_NE(plan("/usr:/a:dev").find("take-tree /usr  ro,nosuid\n"), std::string::npos);
  EXPECT_NE(plan("/usr:/a:suid,rw").find("take-tree /usr  rw,nodev\n"), std::string::npos);
  EXPECT_NE(plan("/usr:/a:dev,suid,nodev").find("take-tree /usr  ro,nodev\n"), std::string::npos);
}

TEST(Bind, TheLaterOfReadOnlyAndReadWriteHolds) {
  EXPECT_NE(plan("/usr:/a:rw,ro").find("take-tree /usr  ro,nodev,nosuid\n"), std::string::npos);
}

TEST(Bind, RefusesAnUnknownWord) {
  EXPECT_EQ(plan("/usr:/a:writable"),
            refused("'writable' is not one of ro, rw, rec, nodev, dev, nosuid, suid, noexec, idmap"));
  EXPECT_EQ(plan("/usr:/a:ro,,rw"),
            refused("'' is not one of ro, rw, rec, nodev, dev, nosuid, suid, noexec, idmap"));
  EXPECT_EQ(plan("/usr:/a:rw:ro"),
            refused("'rw:ro' is not one of ro, rw, rec, nodev, dev, nosuid, suid, noexec, idmap"));
}

TEST(Bind, RefusesASourceWithoutATarget) {
  EXPECT_EQ(plan("/usr"), refused("'/usr' is not SOURCE:TARGET[:WORDS]"));
  EXPECT_EQ(plan(""), refused("'' is not SOURCE:TARGET[:WORDS]"));
}

TEST(Bind, RefusesRelativePaths) {
  EXPECT_EQ(plan("usr:/a"), refused("'usr:/a': both paths must be absolute"));
  EXPECT_EQ(plan("/usr:a"), refused("'/usr:a': both paths must be absolute"));
  EXPECT_EQ(plan("/usr:"), refused("'/usr:': both paths must be absolute"));
}

TEST(Bind, RefusesASourceThatIsNotThere) {
  EXPECT_EQ(plan("/absent:/a"), refused("/absent: No such file or directory"));
}

TEST(Bind, TakesAPathWithAColonThatABackslashPrecedes) {
  const TempDirectory directory;
  const std::string source = directory.file("pci-0000:00");
  const std::string escaped = (directory / "pci-0000\\:00");
  const std::string planned = plan(escaped + ":/a\\:b\\\\c:rw");
  EXPECT_NE(planned.find("take-tree " + source + "  rw,nodev,nosuid\n"), std::string::npos) << planned;
  EXPECT_NE(planned.find("bind /a:b\\c\n"), std::string::npos) << planned;
}

TEST(Bind, SaysThatTheRootItselfIsNoTarget) {
  EXPECT_EQ(plan("/etc:/"), refused("the target can't be the jail's root itself: name a directory below it"));
  EXPECT_EQ(plan("/etc:/a/../b"), refused("the target '/a/../b' must have no empty, '.' or '..' components"));
}

TEST(Bind, RefusesATargetThatLeavesTheJail) {
  for (const char* target : {"/../etc", "/a/../b", "/a//b", "/"})
    EXPECT_EQ(plan("/usr:" + std::string(target)).find("refused: stage bind: "), 0U) << target;
}

TEST(Bind, StandsAfterTheStageThatBuildsTheRoot) {
  EXPECT_NE(Launch()
                .pipeline("[validate-id]\n[bind]\n[chroot-builder]\n[drop-privs]\n[exec]\n")
                .plan()
                .find("refused: test.conf:2: stage bind must come after chroot-builder"),
            std::string::npos);
}

}  // namespace
}  // namespace jailrun::tests
