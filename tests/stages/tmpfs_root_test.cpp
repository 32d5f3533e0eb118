// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

// Where the kernel has huge pages. Where it has none it refuses the word.
std::string huge_pages() { return exists("/sys/kernel/mm/transparent_hugepage") ? ",huge=within_size" : ""; }

Launch with_tmpfs_root() {
  Launch launch;
  launch.pipeline(
      "[validate-id]\n[tmpfs-root]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n[exec]\n");
  return launch;
}

std::string plan_with_size(const std::string& size) {
  return with_tmpfs_root().set("tmpfs-size", size).plan_of("tmpfs-root");
}

TEST(TmpfsRoot, MountsOnTheRootBeforeAnythingIsInIt) {
  EXPECT_EQ(with_tmpfs_root().plan().find(
                "prepare validate-id: claim /usr/vmm/web-1\n"
                "prepare tmpfs-root: root /usr/vmm/web-1/root  0700 1234:100\n"
                "prepare tmpfs-root: mount-root /usr/vmm/web-1/root  tmpfs "
                "rw,nosuid,size=64M,nr_inodes=4096,mode=0700,uid=1234,gid=100" +
                huge_pages() +
                "\n"
                "prepare chroot-builder: directory /run  0700 1234:100\n"
                "prepare chroot-builder: copy /vmm  mode as source 1234:100 from TMP/vmm\n"),
            0U);
}

TEST(TmpfsRoot, TakesASizeAndANumberOfInodes) {
  EXPECT_NE(with_tmpfs_root().set("tmpfs-inodes", "100").plan_of("tmpfs-root").find("nr_inodes=100,"),
            std::string::npos);
  for (const char* size : {"1", "4096", "1k", "16M", "3g", "1000000000G"})
    EXPECT_NE(plan_with_size(size).find("size=" + std::string(size) + ","), std::string::npos) << size;
}

// Of these tmpfs itself takes all but the last few, and for 0 has no limit.
TEST(TmpfsRoot, RefusesASizeThatIsNone) {
  for (const char* size : {"0", "00K", "", "-1", "+1", "50%", "1MB", "0x10", "1e6", "M", "1 M",
                           "64M,mode=0777", "18446744073709551616", "99999999999G"})
    EXPECT_EQ(plan_with_size(size),
              "refused: stage tmpfs-root: --tmpfs-size: '" + std::string(size) +
                  "' is not a size: use bytes, or a number with K, M or G, such as 64M\n");
}

TEST(TmpfsRoot, StandsBeforeTheStageThatFillsTheRoot) {
  EXPECT_NE(Launch()
                .pipeline("[validate-id]\n[chroot-builder]\n[tmpfs-root]\n[drop-privs]\n[exec]\n")
                .plan()
                .find("stage tmpfs-root must come before chroot-builder"),
            std::string::npos);
}

TEST(TmpfsRoot, IsNotWithOverlayRootInOnePipeline) {
  const std::string plan =
      Launch()
          .pipeline(
              "[validate-id]\n[tmpfs-root]\n[overlay-root]\noverlay-lower = /etc\n[chroot-builder]\n"
              "chroot-base-dir = /usr\n[drop-privs]\n[exec]\n")
          .plan();
  EXPECT_EQ(plan.find("refused: test.conf:"), 0U) << plan;
  EXPECT_NE(plan.find("tmpfs-root"), std::string::npos) << plan;
  EXPECT_NE(plan.find("overlay-root"), std::string::npos) << plan;
}

}  // namespace
}  // namespace jailrun::tests
