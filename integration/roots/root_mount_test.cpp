// SPDX-License-Identifier: Apache-2.0
// What the stages tmpfs-root and overlay-root have in common: a root that is a mount of the launch's own,
// seen by the host, and gone with the jail.
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

// What holds for both, on a base that other namespaces share and on one that is the tests' own.
struct RootKind {
  const char* name;
  bool overlay;
  bool shared;
};
class EachRootMount : public RootMountTest, public testing::WithParamInterface<RootKind> {
 protected:
  void SetUp() override {
    RootMountTest::SetUp();
    if (GetParam().shared) share_base();
  }
  void TearDown() override {
    if (GetParam().shared) unshare_base();
    RootMountTest::TearDown();
  }
  Strings way(const Strings& more = {}) const {
    return GetParam().overlay ? over_image(more) : in_memory(more);
  }
};
INSTANTIATE_TEST_SUITE_P(, EachRootMount,
                         testing::Values(RootKind{"TmpfsPrivate", false, false},
                                         RootKind{"TmpfsShared", false, true},
                                         RootKind{"OverlayPrivate", true, false},
                                         RootKind{"OverlayShared", true, true}),
                         [](const auto& way) { return std::string(way.param.name); });

TEST_P(EachRootMount, ASocketOfTheProgramsAnswersAtTheHostsPath) {
  Child vmm(command(way({"--exec-file", test_file("fake-vmm")}), {}));
  const std::string socket_path = root("jail", "fake-vmm") + "/run/firecracker.socket";
  ASSERT_TRUE(appears(socket_path));
  EXPECT_EQ(ask(socket_path, "GET /"), "200");
  EXPECT_EQ(status_of(socket_path).st_uid, kUid);
  vmm.send(SIGKILL);
  EXPECT_EQ(vmm.wait().signal, SIGKILL);
  remove_jail("jail", "fake-vmm");
}

TEST_P(EachRootMount, TheProgramsRootIsWhatTheHostSeesThere) {
  const Jailed jailed = start(way());
  const std::string inside = "/proc/" + std::to_string(jailed.pid()) + "/root";
  EXPECT_EQ(mounts(), 1U);
  EXPECT_EQ(status_of(inside + "/run").st_ino, status_of(root() + "/run").st_ino);
  write_file(inside + "/run/made-inside", "seen");
  EXPECT_EQ(read_file(root() + "/run/made-inside"), "seen");
  write_file(root() + "/run/made-outside", "seen");
  EXPECT_EQ(read_file(inside + "/run/made-outside"), "seen");
  EXPECT_EQ(split_lines(read_file("/proc/" + std::to_string(jailed.pid()) + "/mountinfo")).size(), 1U);
}

// Copies of other jails' roots would make every launch slower.
TEST_P(EachRootMount, IsEnteredFromANamespaceThatShowsNothing) {
  if (!has_mount_setattr()) GTEST_SKIP() << kNoMountSetattr;
  const std::string file = "/run/jailrun/templates/empty-root";
  const Jailed one = start(way({"--id", "one"}));
  const Jailed other = start(way({"--id", "other"}));
  EXPECT_EQ(split_lines(table_of(file)).size(), 1U) << table_of(file);
  Strings plan = way();
  plan.insert(plan.begin(), "plan");
  EXPECT_NE(launch(plan).out.find(file + "\n"), std::string::npos) << launch(plan).out;
}

TEST_P(EachRootMount, IsEnteredWithoutThatNamespaceToo) {
  if (!has_mount_setattr()) GTEST_SKIP() << kNoMountSetattr;
  for (const char* fault :
       {"mount:error=EPERM:when=1", "setns:error=EPERM:when=1", "open_tree:error=EPERM:when=1",
        "move_mount:error=EINVAL:when=2", "chroot:error=EPERM:when=1", "unshare:error=ENOSPC:when=1"}) {
    Command wanted = command(way(), {"--exit", "0"});
    wanted.argv.insert(wanted.argv.begin(),
                       {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=" + std::string(fault)});
    const Outcome outcome = run(wanted);
    EXPECT_TRUE(outcome.succeeded()) << fault << outcome.text();
    remove_jail();
  }
}

TEST_P(EachRootMount, AMountMadeBelowItAfterTheLaunchIsInTheJailWhereTheBaseIsShared) {
  const Jailed jailed = start(way());
  const std::string inside = "/proc/" + std::to_string(jailed.pid()) + "/root/run/file";
  ASSERT_EQ(mount("tmpfs", (root() + "/run").c_str(), "tmpfs", 0, nullptr), 0);
  write_file(root() + "/run/file", "seen");
  EXPECT_EQ(exists(inside), GetParam().shared);
  EXPECT_EQ(umount2((root() + "/run").c_str(), 0), 0);
}

TEST_P(EachRootMount, HoldsWhatADefaultRootHolds) {
  const Jailed jailed = start(way({"--device", "/dev/null=char:1:3"}), {"--open", "/dev/null"});
  EXPECT_EQ(describe(root()), "directory 0700 1234:4321");
  EXPECT_EQ(describe(root() + "/run"), "directory 0700 1234:4321");
  EXPECT_EQ(describe(root() + "/probe.pid"), "file 0644 0:0");
  EXPECT_TRUE(read_file(root() + "/probe") == read_file(test_file("probe")));
  EXPECT_EQ(jailed.report("open"), "/dev/null yes");
}

// As in a default root: what another stage has made there is not the image's.
TEST_P(EachRootMount, ADirectoryThatTwoStagesWantIsTheFirstOnes) {
  std::string text = read_file(way()[1]);
  text.insert(text.find("[cgroup-v1]"), "[bind]\nbind = /etc:/run/shown\n\n");
  write_file(scratch("two.conf"), text);
  Strings words = way();
  words[1] = scratch("two.conf");
  const Jailed jailed = start(words);
  EXPECT_EQ(describe(root() + "/run"), "directory 0700 1234:4321");
  EXPECT_EQ(describe(root() + "/run/shown"), "directory 0755 0:0");
}

TEST_P(EachRootMount, AFileThatTwoStagesWantIsRefused) {
  std::string text = read_file(way()[1]);
  text.insert(text.find("[cgroup-v1]"), "[bind]\nbind = /etc/passwd:/probe\n\n");
  write_file(scratch("two.conf"), text);
  Strings words = way();
  words[1] = scratch("two.conf");
  EXPECT_NE(refusal(words).find("write /probe"), std::string::npos);
}

TEST_P(EachRootMount, RaisesNobodyBySetIdBits) {
  const Jailed jailed = start(way());
  struct statvfs traits {};
  ASSERT_EQ(statvfs(root().c_str(), &traits), 0);
  EXPECT_NE(traits.f_flag & ST_NOSUID, 0U);
  EXPECT_EQ(traits.f_flag & ST_NODEV, 0U);
}

TEST_P(EachRootMount, ManyJailsAtOnceLeaveNoMountAnywhere) {
  constexpr size_t kJails = 25;
  launch_and_remove(way(), {"--exit", "0"});
  std::vector<Child> launches;
  for (size_t i = 0; i < kJails; ++i)
    launches.emplace_back(command(way({"--id", "jail-" + std::to_string(i)}), {"--exit", "0"}));
  for (Child& one : launches) {
    const Outcome outcome = one.wait();
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  }
  EXPECT_EQ(mounts(), kJails);
  for (size_t i = 0; i < kJails; ++i) remove_jail("jail-" + std::to_string(i));
  EXPECT_EQ(mounts(), 0U);
}

TEST_P(EachRootMount, ADeadJailIsReplaced) {
  EXPECT_TRUE(launch(way(), {"--exit", "0"}).succeeded());
  write_file(root() + "/run/left-over", "of the dead one");
  EXPECT_NE(refusal(way(), {"--exit", "0"}).find("left over from a launch that is dead"), std::string::npos);
  const Jailed jailed = start(way({"--replace"}));
  EXPECT_FALSE(exists(root() + "/run/left-over"));
  EXPECT_EQ(mounts(), 1U);
}

TEST_P(EachRootMount, ALiveJailIsLeftAlone) {
  const Jailed jailed = start(way());
  EXPECT_NE(refusal(way()).find("is already alive"), std::string::npos);
}

TEST_P(EachRootMount, AFailedLaunchLeavesNothing) {
  EXPECT_NE(refusal(way({"--exec-file", broken_program()})).find("exec"), std::string::npos);
}

TEST_P(EachRootMount, AFilledRootIsRefusedByThePlanToo) {
  write_file(prefill() + "/vmlinux", "a caller's");
  EXPECT_NE(refusal(way()).find("holds something already"), std::string::npos);
  Strings plan = way();
  plan.insert(plan.begin(), "plan");
  EXPECT_NE(launch(plan).err.find("holds something already"), std::string::npos);
  EXPECT_EQ(read_file(root() + "/vmlinux"), "a caller's");
  remove_prefilled();
}

TEST_P(EachRootMount, AnEmptyRootOfACallersIsGivenBackAsItWas) {
  prefill();
  ASSERT_EQ(chmod(root().c_str(), 0751), 0);
  ASSERT_EQ(chown(root().c_str(), 77, 88), 0);
  EXPECT_TRUE(launch(way(), {"--exit", "0"}).succeeded());
  EXPECT_EQ(describe(root()), "directory 0700 1234:4321");
  const Outcome removed = run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"});
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  EXPECT_EQ(list(jail()), "root");
  EXPECT_EQ(describe(root()), "directory 0751 77:88");
  EXPECT_EQ(list(root()), "");
  remove_prefilled();
}

// As after a reboot too.
TEST_P(EachRootMount, AJailWhoseRootSomebodyHasUnmountedIsTakenAway) {
  EXPECT_TRUE(launch(way(), {"--exit", "0"}).succeeded());
  ASSERT_EQ(umount2(root().c_str(), MNT_DETACH), 0);
  const Outcome shown = run({runner(), "inspect", "--chroot-base-dir", base(), "probe/jail"});
  EXPECT_NE(shown.out.find("gone"), std::string::npos) << shown.out;
  remove_jail();
  EXPECT_FALSE(exists(jail()));
}

TEST_P(EachRootMount, SomebodyElsesMountOnOrOverTheRootIsNotTakenAway) {
  EXPECT_TRUE(launch(way(), {"--exit", "0"}).succeeded());
  for (const std::string& place : {root() + "/run", root()}) {
    ASSERT_EQ(mount("tmpfs", place.c_str(), "tmpfs", 0, nullptr), 0);
    const Outcome refused = run({runner(), "rm", "--chroot-base-dir", base(), "probe/jail"});
    EXPECT_EQ(refused.exit_status, 1) << refused.text();
    EXPECT_NE(refused.err.find("mounted o"), std::string::npos) << refused.text();
    EXPECT_EQ(mounts(), 1U);
    ASSERT_EQ(umount2(place.c_str(), 0), 0);
  }
  remove_jail();
}

TEST_P(EachRootMount, IsInspected) {
  const Jailed jailed = start(way());
  const Outcome shown = run({runner(), "inspect", "--chroot-base-dir", base(), "probe/jail"});
  const std::string verb = GetParam().overlay ? "overlay-root" : "mount-root";
  size_t lines = 0;
  for (const std::string& line : shown.out_lines())
    lines +=
        line.find("  " + verb + "  ") != std::string::npos && line.substr(line.rfind(' ') + 1) == "mounted";
  EXPECT_EQ(lines, 1U) << shown.out;
}

TEST_P(EachRootMount, IsGoneAfterASupervisedLaunch) {
  const Outcome outcome = launch(way({"--supervise"}), {"--exit", "5"});
  EXPECT_EQ(outcome.exit_status, 5) << outcome.text();
  EXPECT_EQ(mounts(), 0U);
  EXPECT_FALSE(exists(jail()));
}

}  // namespace
}  // namespace jailrun::integration
