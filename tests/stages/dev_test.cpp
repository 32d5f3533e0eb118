// SPDX-License-Identifier: Apache-2.0
// The stages dev, tmp, shm and sys: what they plan, and together.
#include "tests/support/mounted_as.hpp"
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

#include <sys/statvfs.h>

namespace jailrun::tests {
namespace {

Launch launch(const std::string& sections) {
  Launch one;
  one.pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n" + sections +
               "[drop-privs]\n[exec]\n");
  return one;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

// The sentence, without where the setting is.
std::string refused_at(const std::string& stage, const std::string& settings) {
  const std::string text = launch("[" + stage + "]\n" + settings).plan();
  EXPECT_EQ(text.find("refused: stage " + stage + ": test.conf:"), 0U) << text;
  const size_t origin = text.find(": ", text.find("test.conf:"));
  return text.substr(text.find(": ", origin + 1) + 2);
}

TEST(Dev, HasWhatMostProgramsExpect) {
  EXPECT_EQ(launch("[dev]\n").plan_of("dev"),
            "prepare directory /dev  0755 0:0\n"
            "prepare filesystem /dev  tmpfs rw,nosuid,noexec,size=1m,nr_inodes=256,mode=0755\n"
            "prepare node /dev/null  char 1:3 0666 0:0\n"
            "prepare node /dev/zero  char 1:5 0666 0:0\n"
            "prepare node /dev/full  char 1:7 0666 0:0\n"
            "prepare node /dev/random  char 1:8 0666 0:0\n"
            "prepare node /dev/urandom  char 1:9 0666 0:0\n"
            "prepare node /dev/tty  char 5:0 0666 0:0\n"
            "prepare symlink /dev/fd  -> /proc/self/fd\n"
            "prepare symlink /dev/stdin  -> /proc/self/fd/0\n"
            "prepare symlink /dev/stdout  -> /proc/self/fd/1\n"
            "prepare symlink /dev/stderr  -> /proc/self/fd/2\n"
            "prepare directory /dev/pts  0755 0:0\n"
            "prepare symlink /dev/ptmx  -> pts/ptmx\n"
            "enter mount /dev\n"
            "enter mount /dev/pts  devpts rw,nosuid,noexec,newinstance,ptmxmode=0666,mode=0600,max=64\n");
}

TEST(Dev, CanHaveLess) {
  const std::string plan = launch("[dev]\ndev-nodes = null\ndev-ptys = 0\n").plan_of("dev");
  EXPECT_TRUE(has_line(plan, "prepare node /dev/null  char 1:3 0666 0:0")) << plan;
  EXPECT_EQ(plan.find("/dev/tty"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("pts"), std::string::npos) << plan;
  EXPECT_EQ(launch("[dev]\ndev-nodes = none\n").plan_of("dev").find(" node "), std::string::npos);
}

TEST(Dev, CanShowTheHostsNodes) {
  const std::string plan = launch("[dev]\ndev-way = bind\n").plan_of("dev");
  EXPECT_TRUE(has_line(plan, "prepare write /dev/null  0444 0:0")) << plan;
  EXPECT_TRUE(has_line(plan, "prepare take-tree /dev/null  ro,nosuid,noexec")) << plan;
  EXPECT_TRUE(has_line(plan, "enter bind /dev/null")) << plan;
  EXPECT_EQ(plan.find(" node "), std::string::npos) << plan;
}

TEST(Dev, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refused_at("dev", "dev-nodes = null,kvm\n"),
            "'kvm' is not one of null, zero, full, random, urandom, tty; the stage devices makes others\n");
  EXPECT_EQ(refused_at("dev", "dev-nodes = null,null\n"), "null is given twice\n");
  EXPECT_EQ(refused_at("dev", "dev-way = copy\n"), "'copy' is neither make nor bind\n");
}

TEST(Dev, HoldsTheDevicesOfTheStageAfterIt) {
  EXPECT_EQ(launch("[dev]\n[devices]\n").plan_of("devices"),
            "prepare directory /dev/net  0700 1234:100\n"
            "prepare node /dev/net/tun  char 10:200 0600 1234:100\n"
            "prepare node /dev/kvm  char 10:232 0600 1234:100\n");
  const std::string plan = launch("[devices]\n[dev]\n").plan();
  EXPECT_NE(plan.find("must come after the stage that provides it, dev"), std::string::npos) << plan;
}

TEST(Dev, MakesDevicesPossibleOnABaseThatIsMountedNodev) {
  const MountedAs mounted("/usr", ST_NODEV);
  EXPECT_NE(launch("[devices]\n").plan().find("refused: stage devices: "), std::string::npos);
  EXPECT_NE(launch("[dev]\n[devices]\n").plan().find("node /dev/kvm"), std::string::npos);
  EXPECT_NE(launch("[dev]\n[devices]\ndevice = /else/kvm=char:10:232\n").plan().find("/else/kvm could not"),
            std::string::npos);
}

TEST(Dev, HidesNothingOfAnotherStage) {
  const std::string plan = launch("[files]\nfile = /etc/passwd:/dev/list\n[dev]\n").plan();
  EXPECT_NE(
      plan.find("refused: stage dev: what is mounted at /dev would hide /dev/list of stage files: stage dev "
                "must come before that"),
      std::string::npos)
      << plan;
}

TEST(Tmp, IsAtTmp) {
  EXPECT_EQ(launch("[tmp]\n").plan_of("tmp"),
            "prepare directory /tmp  0755 0:0\n"
            "prepare filesystem /tmp  tmpfs rw,nodev,nosuid,noexec,size=64M,nr_inodes=16384,mode=1777\n"
            "enter mount /tmp\n");
}

TEST(Tmp, IsWhereItIsAskedForAndAsItIsAskedFor) {
  EXPECT_EQ(
      launch("[tmp]\ntmp = /var/tmp,size=1M,inodes=10,mode=0700,owner=jail,exec=yes\ntmp = /run\n")
          .plan_of("tmp"),
      "prepare directory /run  0755 0:0\n"
      "prepare filesystem /run  tmpfs rw,nodev,nosuid,noexec,size=64M,nr_inodes=16384,mode=1777\n"
      "prepare directory /var  0755 0:0\n"
      "prepare directory /var/tmp  0755 0:0\n"
      "prepare filesystem /var/tmp  tmpfs rw,nodev,nosuid,size=1M,nr_inodes=10,mode=0700,uid=1234,gid=100\n"
      "enter mount /run\n"
      "enter mount /var/tmp\n");
}

TEST(Tmp, CanBeInAnother) {
  const std::string plan = launch("[tmp]\ntmp = /a/b\ntmp = /a\n").plan_of("tmp");
  EXPECT_LT(plan.find("enter mount /a\n"), plan.find("enter mount /a/b\n")) << plan;
}

TEST(Tmp, RefusesWhatIsNotPossible) {
  EXPECT_EQ(refused_at("tmp", "tmp = tmp\n"),
            "'tmp' is not an absolute path without empty, '.' or '..' components\n");
  EXPECT_EQ(refused_at("tmp", "tmp = /\n"),
            "'/' is the jail's root: the stage tmpfs-root has that in memory\n");
  EXPECT_EQ(refused_at("tmp", "tmp = /a\ntmp = /a\n"), "/a is given twice\n");
  EXPECT_EQ(refused_at("tmp", "tmp = /a,size=50%\n"), "'50%' is not a size such as 512K, 64M or 1G\n");
  EXPECT_EQ(refused_at("tmp", "tmp = /a,size=0\n"), "'0' is not a size such as 512K, 64M or 1G\n");
  EXPECT_EQ(refused_at("tmp", "tmp = /a,inodes=1\n"), "'1' is not a number of files, 2 or more\n");
  EXPECT_EQ(refused_at("tmp", "tmp = /a,mode=6777\n"),
            "'6777' is not a mode of a directory such as 1777 or 0700\n");
  EXPECT_EQ(refused_at("tmp", "tmp = /a,suid\n"),
            "'suid' is not one of size=, inodes=, mode=, owner=jail, owner=root, exec=yes, exec=no\n");
}

TEST(Shm, IsAtDevShm) {
  EXPECT_EQ(launch("[shm]\nshm-size = 1M\n").plan_of("shm"),
            "prepare directory /dev  0755 0:0\n"
            "prepare directory /dev/shm  0755 0:0\n"
            "prepare filesystem /dev/shm  tmpfs rw,nodev,nosuid,noexec,size=1M,nr_inodes=256,mode=1777\n"
            "enter mount /dev/shm\n");
  EXPECT_EQ(refused_at("shm", "shm-size = much\n"), "'much' is not a size such as 512K, 64M or 1G\n");
}

TEST(Shm, IsInTheFilesystemOfDev) {
  EXPECT_EQ(launch("[dev]\n[shm]\n").plan_of("shm").find("prepare directory /dev/shm  0755 0:0\n"), 0U);
  const std::string plan = launch("[shm]\n[dev]\n").plan();
  EXPECT_NE(plan.find("stage shm must come after dev"), std::string::npos) << plan;
}

TEST(Shm, IsNotMountedTwice) {
  const std::string plan = launch("[tmp]\ntmp = /dev/shm\n[shm]\n").plan();
  EXPECT_NE(plan.find("refused: stage shm: a filesystem is mounted at /dev/shm already, by stage tmp"),
            std::string::npos)
      << plan;
}

TEST(Sys, IsReadOnlyAndMasked) {
  const std::string plan = launch("[sys]\n").plan_of("sys");
  EXPECT_EQ(plan.find("prepare directory /sys  0755 0:0\nenter mount /sys  sysfs ro,nodev,nosuid,noexec\n"),
            0U);
  EXPECT_TRUE(
      has_line(plan, "enter mount /sys/block  tmpfs ro,nodev,nosuid,noexec,size=4k,nr_inodes=1,mode=0555"));
}

TEST(Sys, IsMaskedAsItIsAskedFor) {
  EXPECT_EQ(launch("[sys]\nmask-sys = none\n").plan_of("sys"),
            "prepare directory /sys  0755 0:0\nenter mount /sys  sysfs ro,nodev,nosuid,noexec\n");
  const std::string plan = launch("[sys]\nmask-sys = default,/sys/kernel\n").plan_of("sys");
  EXPECT_NE(plan.find("enter mount /sys/kernel  tmpfs ro"), std::string::npos) << plan;
  EXPECT_NE(plan.find("enter mount /sys/block  tmpfs ro"), std::string::npos) << plan;
  EXPECT_EQ(refused_at("sys", "mask-sys = ../etc\n"), "'../etc' is not the name of something in /sys\n");
}

TEST(Sys, ShowsTheNamespaceThatTheProgramIsIn) {
  for (const char* stage : {"netns", "user-net", "isolate"}) {
    const std::string plan = launch("[sys]\n[" + std::string(stage) + "]\n").plan();
    EXPECT_NE(plan.find("stage sys must come after " + std::string(stage)), std::string::npos) << plan;
  }
}

}  // namespace
}  // namespace jailrun::tests
