// SPDX-License-Identifier: Apache-2.0
// How the program comes into the jail: as a copy, a copy that shares the data, a hard link, a bind.
#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <sys/mount.h>
#include <sys/stat.h>

namespace jailrun::integration {
namespace {

class ProgramWayTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    // On the base's own filesystem and mount, as a hard link wants it.
    std::filesystem::copy_file(test_file("probe"), source());
    chmod(source().c_str(), 0755);
  }
  std::string source() const { return scratch("probe"); }
  Strings by(const std::string& way) const { return {"--exec-file", source(), "--program", way}; }
  std::string in_jail() const { return root() + "/probe"; }
  bool is_same_file() const { return status_of(in_jail()).st_ino == status_of(source()).st_ino; }
};

TEST_F(ProgramWayTest, ACopyIsAFileOfItsOwnAndTheDefault) {
  for (const Strings& options : {by("copy"), Strings{"--exec-file", source()}}) {
    const Jailed jailed = start(options);
    EXPECT_FALSE(is_same_file());
    EXPECT_EQ(describe(in_jail()), "file 0755 1234:4321");
  }
}

TEST_F(ProgramWayTest, ALinkIsTheSameFileAndStaysItsOwners) {
  {
    const Jailed jailed = start(by("link"));
    EXPECT_EQ(jailed.report("uid"), "1234 1234 1234");
    EXPECT_TRUE(is_same_file());
    EXPECT_EQ(describe(in_jail()), "file 0755 0:0");
  }
  EXPECT_EQ(status_of(source()).st_nlink, 1U);
}

TEST_F(ProgramWayTest, ALinkAcrossMountsIsRefused) {
  ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", 0, "mode=0755"), 0);
  const std::string sentence = refusal(by("link"));
  EXPECT_NE(sentence.find("to a file on another mount"), std::string::npos) << sentence;
  EXPECT_EQ(umount2(base().c_str(), MNT_DETACH), 0);
}

TEST_F(ProgramWayTest, ABindIsTheSameFileReadOnlyAndNotSeenByTheHost) {
  {
    const Jailed jailed = start(by("bind"));
    EXPECT_EQ(jailed.report("uid"), "1234 1234 1234");
    EXPECT_EQ(status_of(in_jail()).st_size, 0) << "the host sees what it is mounted over";
    const struct stat inside = status_of("/proc/" + std::to_string(jailed.pid()) + "/root/probe");
    EXPECT_EQ(inside.st_ino, status_of(source()).st_ino);
    const std::string mounts = read_file("/proc/" + std::to_string(jailed.pid()) + "/mountinfo");
    EXPECT_NE(mounts.find(" /probe ro,nosuid,nodev"), std::string::npos) << mounts;
  }
  EXPECT_TRUE(exists(source()));
}

// Of filesystems that can there is none to be had without a loop device.
TEST_F(ProgramWayTest, AReflinkIsRefusedWhereTheFilesystemCannot) {
  ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", 0, "mode=0755"), 0);
  const std::string sentence = refusal(by("reflink"));
  EXPECT_NE(sentence.find("share the data"), std::string::npos) << sentence;
  EXPECT_EQ(umount2(base().c_str(), MNT_DETACH), 0);
}

TEST_F(ProgramWayTest, AWayThatThereIsNotIsRefused) {
  EXPECT_NE(refusal(by("move")).find("--program: 'move' is not one of reflink, link, bind, copy"),
            std::string::npos);
}

TEST_F(ProgramWayTest, WhatStoodInThePlaceIsPutBackWhicheverTheWay) {
  for (const char* way : {"copy", "link", "bind"}) {
    write_file(prefill() + "/probe", "a caller's\n");
    const Outcome outcome = launch(by(way), {"--exit", "0"});
    EXPECT_TRUE(outcome.succeeded()) << way << outcome.text();
    EXPECT_TRUE(run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"}).succeeded()) << way;
    EXPECT_EQ(read_file(in_jail()), "a caller's\n") << way;
    remove_prefilled();
  }
}

TEST_F(ProgramWayTest, AnExecThatFailsLeavesNothingWhicheverTheWay) {
  for (const char* way : {"copy", "link", "bind"})
    refusal({"--exec-file", broken_program(), "--program", way});
}

}  // namespace
}  // namespace jailrun::integration
