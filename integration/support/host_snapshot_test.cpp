// SPDX-License-Identifier: Apache-2.0
// The tests' own eyes: each kind of thing that a launch could leave behind is seen.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"
#include "integration/support/network.hpp"

#include <filesystem>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class SnapshotTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    write_file(scratch("file"), "content");
    before_change_.emplace(snapshot());
  }
  std::string seen() const { return before_change_->changes_to(snapshot()); }
  bool sees(const std::string& beginning) const {
    return ("\n" + seen()).find("\n" + beginning) != std::string::npos;
  }

 private:
  std::optional<HostSnapshot> before_change_;
};

TEST_F(SnapshotTest, NothingIsSeenWhereNothingChanged) { EXPECT_EQ(seen(), ""); }

TEST_F(SnapshotTest, AMountIsSeen) {
  ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", 0, nullptr), 0);
  EXPECT_TRUE(sees("+ mount / " + base()) || sees("+ mount 0:")) << seen();
  umount2(base().c_str(), MNT_DETACH);
}

TEST_F(SnapshotTest, AGroupIsSeenInEachHierarchy) {
  for (const CgroupMount& mount : cgroup_mounts()) {
    const std::string group = mount.path + "/left-behind";
    ASSERT_EQ(mkdir(group.c_str(), 0755), 0) << group;
    EXPECT_TRUE(sees("+ cgroup " + group)) << seen();
    ASSERT_EQ(rmdir(group.c_str()), 0);
  }
}

TEST_F(SnapshotTest, AFileIsSeen) {
  write_file(scratch("another"), "");
  EXPECT_TRUE(sees("+ file " + scratch("another")));
}

TEST_F(SnapshotTest, AMissingFileIsSeen) {
  unlink(scratch("file").c_str());
  EXPECT_TRUE(sees("- file " + scratch("file")));
}

TEST_F(SnapshotTest, AFileWrittenOverIsSeen) {
  write_file(scratch("file"), "CONTENT");
  EXPECT_TRUE(sees("+ file " + scratch("file")));
}

TEST_F(SnapshotTest, AnotherOwnerIsSeen) {
  ASSERT_EQ(chown(scratch("file").c_str(), kUid, kGid), 0);
  EXPECT_TRUE(sees("+ file " + scratch("file") + " file 0644 1234:4321"));
}

TEST_F(SnapshotTest, AProcessIsSeen) {
  const Child child(Command({"sleep", "1000"}));
  EXPECT_TRUE(sees("+ process " + std::to_string(child.pid()) + " "));
}

TEST_F(SnapshotTest, AProcessInANetworkNamespaceOfItsOwnIsSeen) {
  Command command({"sh", "-c", "echo started; exec sleep 1000"});
  command.in_child = [] { (void)!unshare(CLONE_NEWNET); };
  Child child(command);
  ASSERT_TRUE(child.says("started"));
  EXPECT_TRUE(sees("+ network namespace net:[")) << seen();
}

TEST_F(SnapshotTest, ANetworkNamespaceWithoutAProcessIsSeenAsItsMount) {
  const NetworkNamespace network(scratch("file"));
  EXPECT_TRUE(sees("+ mount ")) << seen();
  EXPECT_NE(seen().find(network.name()), std::string::npos) << seen();
}

}  // namespace
}  // namespace jailrun::integration
