// SPDX-License-Identifier: Apache-2.0
// Device nodes: what they are, whose they are, and that the program can use them.
#include "integration/support/jail_test.hpp"

#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using DevicesTest = JailTest;

std::string node(const std::string& path) {
  const struct stat there = status_of(path);
  return describe(there) + " " + std::to_string(major(there.st_rdev)) + ":" +
         std::to_string(minor(there.st_rdev));
}

TEST_F(DevicesTest, TunAndKvmAreMadeWhereNoneIsNamed) {
  const Jailed jailed = start({});
  EXPECT_EQ(list(root() + "/dev"), "kvm net");
  EXPECT_EQ(node(root() + "/dev/net/tun"), "char 0600 1234:4321 10:200");
  EXPECT_EQ(node(root() + "/dev/kvm"), "char 0600 1234:4321 10:232");
}

TEST_F(DevicesTest, TheProgramCanOpenThemAsItsUser) {
  const Jailed jailed = start({}, {"--open", "/dev/net/tun"});
  EXPECT_EQ(jailed.report("open"), "/dev/net/tun yes");
}

TEST_F(DevicesTest, TheProgramCanOpenKvmAsItsUser) {
  if (!exists("/dev/kvm")) GTEST_SKIP() << "this host has no /dev/kvm";
  const Jailed jailed = start({}, {"--open", "/dev/kvm"});
  EXPECT_EQ(jailed.report("open"), "/dev/kvm yes");
}

TEST_F(DevicesTest, ANodeOfTheHostIsMadeWithTheHostsNumber) {
  const Jailed jailed =
      start({"--device", "/dev/zero", "--device", "/dev/urandom"}, {"--open", "/dev/urandom"});
  EXPECT_EQ(node(root() + "/dev/zero"), "char 0600 1234:4321 1:5");
  EXPECT_EQ(node(root() + "/dev/urandom"), "char 0600 1234:4321 1:9");
  EXPECT_EQ(jailed.report("open"), "/dev/urandom yes");
  EXPECT_EQ(list(root() + "/dev"), "urandom zero");
}

TEST_F(DevicesTest, ANumberCanBeGiven) {
  const Jailed jailed = start({"--device", "/dev/deep/disk=block:7:200", "--device", "/dev/full=char:1:7"});
  EXPECT_EQ(node(root() + "/dev/deep/disk"), "block 0600 1234:4321 7:200");
  EXPECT_EQ(node(root() + "/dev/full"), "char 0600 1234:4321 1:7");
}

// A file laid over another one, here the kernel's list of misc devices.
class FileOverlay {
 public:
  FileOverlay(const std::string& file, std::string place) : place_(std::move(place)) {
    EXPECT_EQ(mount(file.c_str(), place_.c_str(), nullptr, MS_BIND, nullptr), 0);
  }
  FileOverlay(const FileOverlay&) = delete;
  FileOverlay& operator=(const FileOverlay&) = delete;
  ~FileOverlay() { umount2(place_.c_str(), MNT_DETACH); }

 private:
  std::string place_;
};

TEST_F(DevicesTest, ADeviceThatTheHostHasIsMade) {
  const Jailed jailed = start({"--device", "none", "--device-if-present", "/dev/zero"});
  EXPECT_EQ(node(root() + "/dev/zero"), "char 0600 1234:4321 1:5");
  EXPECT_EQ(list(root() + "/dev"), "zero");
}

TEST_F(DevicesTest, ADeviceThatOnlyTheKernelsListHasIsMade) {
  write_file(scratch("misc"), "259 cpu_dma_latency\n 99 small-one\n  7 x\n257 userfaultfd-of-test\n");
  const FileOverlay misc(scratch("misc"), "/proc/misc");
  const Jailed jailed =
      start({"--device", "none", "--device-if-present", "/dev/userfaultfd-of-test", "--device-if-present",
             "/dev/small-one", "--device-if-present", "/dev/x", "--device-if-present", "/dev/absent"});
  EXPECT_EQ(node(root() + "/dev/userfaultfd-of-test"), "char 0600 1234:4321 10:257");
  EXPECT_EQ(node(root() + "/dev/small-one"), "char 0600 1234:4321 10:99");
  EXPECT_EQ(node(root() + "/dev/x"), "char 0600 1234:4321 10:7");
  EXPECT_EQ(list(root() + "/dev"), "small-one userfaultfd-of-test x");
}

TEST_F(DevicesTest, ADeviceThatTheHostDoesNotHaveIsNotMade) {
  const Jailed jailed = start({"--device", "none", "--device-if-present", "/dev/absent"});
  EXPECT_FALSE(exists(root() + "/dev"));
}

TEST_F(DevicesTest, AnOptionalOneIsMadeLikeAnyOther) {
  const Jailed jailed = start({"--device", "/dev/urandom,optional"}, {"--open", "/dev/urandom"});
  EXPECT_EQ(node(root() + "/dev/urandom"), "char 0600 1234:4321 1:9");
  EXPECT_EQ(jailed.report("open"), "/dev/urandom yes");
}

TEST_F(DevicesTest, AnOptionalOneThatCannotBeMadeIsAWarning) {
  const Outcome outcome = launch_and_remove({"--device", "/dev/absent,optional"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.err.find("this host has no /dev/absent; the launch continues without it"),
            std::string::npos)
      << outcome.text();
}

// CAP_MKNOD is missing in many a container: the kernel then refuses each node.
TEST_F(DevicesTest, AnOptionalOneThatTheKernelRefusesIsAWarning) {
  Command wanted = command({"--device", "/dev/urandom,optional"});
  wanted.in_child = [] {
    if (prctl(PR_CAPBSET_DROP, CAP_MKNOD) != 0) _exit(98);
  };
  const Outcome outcome = run(wanted);
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.err.find("node /dev/urandom"), std::string::npos) << outcome.text();
  EXPECT_NE(outcome.err.find("Operation not permitted"), std::string::npos) << outcome.text();
  EXPECT_FALSE(exists(root() + "/dev/urandom"));
  remove_jail();
}

TEST_F(DevicesTest, OneThatIsNeededNeedsTheCapabilityForIt) {
  Command wanted = command({"--device", "/dev/urandom"});
  wanted.in_child = [] {
    if (prctl(PR_CAPBSET_DROP, CAP_MKNOD) != 0) _exit(98);
  };
  expect_mentions(refusal(wanted), {"capabilities", "CAP_MKNOD"});
}

TEST_F(DevicesTest, NoneMeansNone) {
  const Jailed jailed = start({"--device", "none"});
  EXPECT_FALSE(exists(root() + "/dev"));
}

TEST_F(DevicesTest, ANodeThatStandsThereAlreadyIsGivenToTheUser) {
  ASSERT_EQ(mkdir((prefill() + "/dev").c_str(), 0755), 0);
  ASSERT_EQ(mknod((root() + "/dev/kvm").c_str(), S_IFCHR | 0644, makedev(10, 232)), 0);
  ASSERT_EQ(chown((root() + "/dev").c_str(), kUid, kGid), 0);
  const Jailed jailed = start({}, {"--stat", "/dev/kvm"});
  EXPECT_EQ(jailed.report("stat"), "/dev/kvm char 0600 1234:4321 10:232");
}

TEST_F(DevicesTest, AFailingLaunchGivesBackANodeThatStoodThereAlready) {
  ASSERT_EQ(mkdir((prefill("broken") + "/dev").c_str(), 0755), 0);
  ASSERT_EQ(mknod((root("jail", "broken") + "/dev/kvm").c_str(), S_IFCHR | 0644, makedev(10, 232)), 0);
  refusal({"--exec-file", broken_program()});
  remove_prefilled("broken");
}

TEST_F(DevicesTest, AnotherNodeInItsPlaceIsRefused) {
  ASSERT_EQ(mkdir((prefill() + "/dev").c_str(), 0755), 0);
  ASSERT_EQ(mknod((root() + "/dev/kvm").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  EXPECT_NE(refusal({}).find("/dev/kvm"), std::string::npos);
  remove_prefilled();
}

TEST_F(DevicesTest, AFileInItsPlaceIsRefused) {
  ASSERT_EQ(mkdir((prefill() + "/dev").c_str(), 0755), 0);
  write_file(root() + "/dev/kvm", "no node");
  EXPECT_NE(refusal({}).find("/dev/kvm"), std::string::npos);
  remove_prefilled();
}

TEST_F(DevicesTest, ALinkInItsPlaceIsRefusedAndItsTargetUntouched) {
  ASSERT_EQ(mkdir((prefill() + "/dev").c_str(), 0755), 0);
  ASSERT_EQ(mknod(scratch("kvm").c_str(), S_IFCHR | 0600, makedev(10, 232)), 0);
  ASSERT_EQ(symlink(scratch("kvm").c_str(), (root() + "/dev/kvm").c_str()), 0);
  EXPECT_NE(refusal({}).find("/dev/kvm"), std::string::npos);
  remove_prefilled();
}

}  // namespace
}  // namespace jailrun::integration
