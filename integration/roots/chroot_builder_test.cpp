// SPDX-License-Identifier: Apache-2.0
// The jail's root: what is in it, whose it is, and that nothing else is left of the host.
#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class ChrootBuilderTest : public JailTest {
 protected:
  // A copy of the probe below scratch() that a test may change.
  std::string own_program(const std::string& name = "program") const {
    std::filesystem::copy_file(test_file("probe"), scratch(name));
    return scratch(name);
  }
};

// By device and inode, through the kernel's own link.
bool is_same(const std::string& one, const std::string& other) {
  struct stat first {};
  struct stat second {};
  return stat(one.c_str(), &first) == 0 && stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

TEST_F(ChrootBuilderTest, TheRootHoldsTheProgramItsPidFileDevAndRunAndNothingElse) {
  const Jailed jailed = start({});
  EXPECT_EQ(list(root()), "dev probe probe.pid run");
}

TEST_F(ChrootBuilderTest, WhatIsAboveTheRootIsRootsAndOpenToTheTenantsGroupAlone) {
  const Jailed jailed = start({});
  EXPECT_EQ(describe(base() + "/probe"), "directory 0755 0:0");
  EXPECT_EQ(describe(jail()), "directory 0710 0:4321");
  EXPECT_EQ(describe(jail() + "/ledger"), "file 0600 0:0");
}

TEST_F(ChrootBuilderTest, TheRootAndItsDirectoriesAreTheUsersAlone) {
  const Jailed jailed = start({});
  for (const char* directory : {"", "/dev", "/dev/net", "/run"})
    EXPECT_EQ(describe(root() + directory), "directory 0700 1234:4321") << directory;
}

TEST_F(ChrootBuilderTest, TheProgramIsTheUsersWithItsOwnMode) {
  const std::string program = own_program();
  chmod(program.c_str(), 0511);
  const Jailed jailed = start({"--exec-file", program});
  EXPECT_EQ(describe(root("jail", "program") + "/program"), "file 0511 1234:4321");
}

TEST_F(ChrootBuilderTest, TheProgramIsACopyWithAnInodeOfItsOwn) {
  const Jailed jailed = start({});
  const struct stat copy = status_of(root() + "/probe");
  EXPECT_FALSE(is_same(root() + "/probe", test_file("probe")));
  EXPECT_EQ(copy.st_nlink, 1U);
  EXPECT_TRUE(read_file(root() + "/probe") == read_file(test_file("probe")));
}

TEST_F(ChrootBuilderTest, SetIdBitsAreNotCopied) {
  const std::string program = own_program();
  ASSERT_EQ(chmod(program.c_str(), 06755), 0);
  const Jailed jailed = start({"--exec-file", program});
  EXPECT_EQ(describe(root("jail", "program") + "/program"), "file 0755 1234:4321");
}

TEST_F(ChrootBuilderTest, ModesDoNotDependOnTheCallersUmask) {
  const Jailed jailed = start({}, {}, [] { umask(0777); });
  EXPECT_EQ(describe(jail()), "directory 0710 0:4321");
  EXPECT_EQ(describe(root() + "/run"), "directory 0700 1234:4321");
  EXPECT_EQ(describe(root() + "/probe.pid"), "file 0644 0:0");
}

TEST_F(ChrootBuilderTest, AProgramGivenByALinkIsNamedAfterItsTarget) {
  std::filesystem::create_symlink(test_file("probe"), scratch("link"));
  const Outcome outcome = launch({"--exec-file", scratch("link")});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_TRUE(exists(root("jail", "probe") + "/probe"));
  remove_jail();
}

TEST_F(ChrootBuilderTest, TheProcesssRootIsTheJailsRoot) {
  const Jailed jailed = start({});
  EXPECT_TRUE(is_same("/proc/" + std::to_string(jailed.pid()) + "/root/", root()));
}

TEST_F(ChrootBuilderTest, TheWorkingDirectoryIsTheNewRoot) {
  const Jailed jailed = start({});
  EXPECT_TRUE(is_same("/proc/" + std::to_string(jailed.pid()) + "/cwd/", root()));
  EXPECT_EQ(jailed.report("cwd"), "/");
}

TEST_F(ChrootBuilderTest, TheMountNamespaceIsItsOwn) {
  const Jailed jailed = start({});
  EXPECT_NE(namespace_of(jailed.pid(), "mnt"), namespace_of(getpid(), "mnt"));
}

TEST_F(ChrootBuilderTest, TheMountTableShowsTheRootAndNothingOfTheHost) {
  const Jailed jailed = start({});
  const std::vector<Mount> table = mounts(jailed.pid());
  ASSERT_EQ(table.size(), 1U);
  EXPECT_EQ(table[0].target, "/");
  EXPECT_TRUE(table[0].root.size() >= root().size() - 1 &&
              root().find(table[0].root.substr(table[0].root.rfind("/jails/"))) != std::string::npos)
      << table[0].root;
}

TEST_F(ChrootBuilderTest, NothingOfTheHostCanBeNamed) {
  const Jailed jailed = start({}, {"--stat", "/../etc", "--stat", "/proc", "--stat", base(), "--stat", ".."});
  EXPECT_EQ(jailed.report_all("stat"), (Strings{"/../etc ENOENT", "/proc ENOENT", base() + " ENOENT",
                                                ".. directory 0700 1234:4321 0:0"}));
}

TEST_F(ChrootBuilderTest, TheHostsMountTableIsWhatItWas) {
  const std::string before = read_file("/proc/self/mountinfo");
  const Jailed jailed = start({});
  EXPECT_EQ(read_file("/proc/self/mountinfo"), before);
}

TEST_F(ChrootBuilderTest, AMountTheHostMakesLaterBelowTheRootShowsUpInside) {
  // What systemd does for all of a host: mounts are shared.
  ASSERT_EQ(mount(base().c_str(), base().c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_SHARED, nullptr), 0);
  {
    std::filesystem::create_directory(prefill() + "/volume");
    const Jailed jailed = start({});
    ASSERT_EQ(mount("tmpfs", (root() + "/volume").c_str(), "tmpfs", 0, nullptr), 0);
    const std::vector<Mount> table = mounts(jailed.pid());
    EXPECT_EQ(table.size(), 2U);
    EXPECT_EQ(table.back().target, "/volume");
    umount2((root() + "/volume").c_str(), MNT_DETACH);
  }
  umount2(base().c_str(), MNT_DETACH);
}

TEST_F(ChrootBuilderTest, AMountBelowAFilledRootIsCarriedIn) {
  std::filesystem::create_directory(prefill() + "/volume");
  ASSERT_EQ(mount("tmpfs", (root() + "/volume").c_str(), "tmpfs", 0, nullptr), 0);
  write_file(root() + "/volume/data", "on the tmpfs");
  {
    Jailed jailed = start({}, {"--stat", "/volume/data"});
    EXPECT_EQ(jailed.report("stat"), "/volume/data file 0644 0:0 0:0");
    umount2((root() + "/volume").c_str(), MNT_DETACH);
  }
}

TEST_F(ChrootBuilderTest, AnOlderAndLargerProgramFileIsReplacedWhole) {
  write_file(prefill() + "/probe", std::string(3UL << 20, 'x'));
  const Jailed jailed = start({});
  EXPECT_TRUE(read_file(root() + "/probe") == read_file(test_file("probe")));
  EXPECT_EQ(describe(root() + "/probe"), "file 0755 1234:4321");
}

TEST_F(ChrootBuilderTest, AnOlderProgramFileInARootThatIsAMountOfItsOwnIsReplaced) {
  ASSERT_EQ(mount("tmpfs", prefill().c_str(), "tmpfs", 0, nullptr), 0);
  write_file(root() + "/probe", "an older version");
  const Outcome outcome = launch({});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  umount2(root().c_str(), MNT_DETACH);
  if (outcome.succeeded()) remove_jail();
  remove_prefilled();
}

TEST_F(ChrootBuilderTest, ALinkInTheProgramsPlaceIsRefusedAndItsTargetUntouched) {
  write_file(scratch("host-file"), "the host's");
  std::filesystem::create_symlink(scratch("host-file"), prefill() + "/probe");
  EXPECT_NE(refusal({}).find("probe"), std::string::npos);
  remove_prefilled();
}

TEST_F(ChrootBuilderTest, AHardLinkInTheProgramsPlaceIsRefusedAndItsOtherNameUntouched) {
  write_file(scratch("host-file"), "the host's");
  prefill();
  ASSERT_EQ(::link(scratch("host-file").c_str(), (root() + "/probe").c_str()), 0);
  EXPECT_NE(refusal({}).find("probe"), std::string::npos);
  remove_prefilled();
}

TEST_F(ChrootBuilderTest, AFifoInTheProgramsPlaceIsRefusedWithoutAHang) {
  ASSERT_EQ(mkfifo((prefill() + "/probe").c_str(), 0666), 0);
  EXPECT_NE(refusal({}).find("probe"), std::string::npos);
  remove_prefilled();
}

TEST_F(ChrootBuilderTest, ADirectoryInTheProgramsPlaceIsRefused) {
  std::filesystem::create_directory(prefill() + "/probe");
  EXPECT_NE(refusal({}).find("probe"), std::string::npos);
  remove_prefilled();
}

TEST_F(ChrootBuilderTest, ALinkInADirectorysPlaceIsRefusedAndNothingIsMadeBehindIt) {
  std::filesystem::create_directory(scratch("elsewhere"));
  std::filesystem::create_directory_symlink(scratch("elsewhere"), prefill() + "/dev");
  EXPECT_NE(refusal({}).find("dev"), std::string::npos);
  remove_prefilled();
}

TEST_F(ChrootBuilderTest, ALinkInThePidFilesPlaceIsRefusedAndItsTargetUntouched) {
  write_file(scratch("host-file"), "the host's");
  std::filesystem::create_symlink(scratch("host-file"), prefill() + "/probe.pid");
  EXPECT_NE(refusal({}).find("probe.pid"), std::string::npos);
  remove_prefilled();
}

TEST_F(ChrootBuilderTest, AnOlderPidFileIsReplaced) {
  write_file(prefill() + "/probe.pid", "1234567890");
  const Jailed jailed = start({});
  EXPECT_EQ(read_file(root() + "/probe.pid"), std::to_string(jailed.pid()));
}

}  // namespace
}  // namespace jailrun::integration
