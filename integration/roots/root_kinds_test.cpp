// SPDX-License-Identifier: Apache-2.0
// What only one of the stages tmpfs-root and overlay-root does.
#include "integration/jailer/client.hpp"
#include "integration/roots/root_mount_fixture.hpp"

#include <filesystem>

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/wait.h>

namespace jailrun::integration {
namespace {

TEST_F(RootMountTest, ATmpfsRootHoldsNoMoreThanItsSize) {
  const Jailed jailed = start(in_memory({"--tmpfs-size", "4M", "--tmpfs-inodes", "32"}));
  struct statvfs traits {};
  ASSERT_EQ(statvfs(root().c_str(), &traits), 0);
  EXPECT_EQ(traits.f_blocks * traits.f_frsize, 4UL << 20);
  EXPECT_EQ(traits.f_files, 32U);
}

TEST_F(RootMountTest, AProgramThatIsLargerThanTheTmpfsIsRefusedAndNothingIsLeft) {
  EXPECT_NE(refusal(in_memory({"--tmpfs-size", "64K"})).find("No space left on device"), std::string::npos);
}

// What is in the memory of the host's that files of tmpfs take, in KiB.
size_t shared_memory() {
  for (const std::string& line : split_lines(read_file("/proc/meminfo")))
    if (line.compare(0, 6, "Shmem:") == 0) return std::stoul(line.substr(6));
  return 0;
}

TEST_F(RootMountTest, TheMemoryOfATmpfsRootIsFreedWithTheJail) {
  constexpr size_t kJails = 4;
  constexpr size_t kEach = 16UL << 20;
  share_base();
  const size_t before = shared_memory();
  for (size_t i = 0; i < kJails; ++i) {
    const std::string id = "jail-" + std::to_string(i);
    EXPECT_TRUE(launch(in_memory({"--id", id}), {"--exit", "0"}).succeeded());
    write_file(root(id) + "/run/data", std::string(kEach, 'x'));
  }
  constexpr size_t kAll = kJails * kEach / 1024;
  EXPECT_GT(shared_memory(), before + kAll / 2);
  for (size_t i = 0; i < kJails; ++i) remove_jail("jail-" + std::to_string(i));
  EXPECT_TRUE(becomes_true([&] { return shared_memory() < before + kAll / 2; }));
  unshare_base();
}

// Names, kinds, owners, times and contents.
std::string all_of(const std::string& directory) {
  return run({"sh", "-c",
              "cd \"$1\" && find . -printf '%p %y %m %U:%G %T@ %C@ %s %l\\n' | LC_ALL=C sort && "
              "find . -type f -exec sha256sum {} + | LC_ALL=C sort",
              "sh", directory})
      .out;
}

TEST_F(RootMountTest, TheImageIsNeverChanged) {
  const std::string before = all_of(image());
  {
    const Jailed jailed = start(over_image());
    write_file(root() + "/etc/deep/file", "the jail's");
    write_file(root() + "/etc/deep/new", "the jail's");
    std::filesystem::remove_all(root() + "/etc/deep");
    EXPECT_EQ(list(root() + "/etc"), "");
    EXPECT_EQ(all_of(image()), before);
  }
  EXPECT_EQ(all_of(image()), before);
}

TEST_F(RootMountTest, EachJailOverAnImageHasItsOwnChanges) {
  const Jailed one = start(over_image({"--id", "one"}));
  const Jailed other = start(over_image({"--id", "other"}));
  write_file(root("one") + "/etc/deep/file", "one's");
  EXPECT_EQ(read_file(root("other") + "/etc/deep/file"), "the image's");
}

TEST_F(RootMountTest, NoUserCanReachTheChangesBesideTheRoot) {
  const Jailed jailed = start(over_image());
  EXPECT_EQ(describe(jail() + "/overlay"), "directory 0700 0:0");
}

TEST_F(RootMountTest, WhatStandsWhereTheChangesBelongIsRefusedAndKept) {
  std::filesystem::create_directories(jail() + "/overlay/upper");
  write_file(jail() + "/overlay/upper/file", "somebody's");
  EXPECT_NE(refusal(over_image()).find("/overlay already exists"), std::string::npos);
  EXPECT_EQ(read_file(jail() + "/overlay/upper/file"), "somebody's");
  std::filesystem::remove_all(base() + "/probe");
}

TEST_F(RootMountTest, AFilesystemThatOverlayRefusesIsNamed) {
  const std::string sentence = refusal({"--pipeline", pipeline("overlay.conf"), "--overlay-lower", "/proc"});
  EXPECT_NE(sentence.find("overlay-root " + root() + " in jail jail: make a filesystem of type overlay: "),
            std::string::npos)
      << sentence;
}

}  // namespace
}  // namespace jailrun::integration
