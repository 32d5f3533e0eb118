// SPDX-License-Identifier: Apache-2.0
// The program's credentials, as the kernel has them.
#include "integration/support/capabilities.hpp"
#include "integration/support/jail_test.hpp"

#include <grp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using DropPrivsTest = JailTest;

TEST_F(DropPrivsTest, AllUserIdsAreTheUsers) {
  const Jailed jailed = start({});
  EXPECT_EQ(status_fields(jailed.pid())["Uid"], "1234\t1234\t1234\t1234");
  EXPECT_EQ(jailed.report("uid"), "1234 1234 1234");
}

TEST_F(DropPrivsTest, AllGroupIdsAreTheGroups) {
  const Jailed jailed = start({});
  EXPECT_EQ(status_fields(jailed.pid())["Gid"], "4321\t4321\t4321\t4321");
  EXPECT_EQ(jailed.report("gid"), "4321 4321 4321");
}

TEST_F(DropPrivsTest, TheCallersSupplementaryGroupsAreGone) {
  const Jailed jailed = start({}, {}, [] {
    const gid_t groups[] = {5, 27, 100};
    setgroups(3, groups);
  });
  EXPECT_EQ(status_fields(jailed.pid())["Groups"], "");
  EXPECT_EQ(jailed.report("groups"), "0");
}

// With this securebit the kernel leaves capabilities alone when the user ids change.
TEST_F(DropPrivsTest, NoCapabilityIsLeftWhereTheCallersSecurebitsWouldKeepThem) {
  const Jailed jailed = start({}, {}, [] {
    prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
    raise_ambient_capabilities();
  });
  for (const char* set : {"CapEff", "CapPrm", "CapAmb", "CapInh"})
    EXPECT_EQ(status_fields(jailed.pid())[set], "0000000000000000") << set;
}

TEST_F(DropPrivsTest, NoCapabilityIsLeft) {
  const Jailed jailed = start({}, {}, raise_ambient_capabilities);
  for (const char* set : {"CapEff", "CapPrm", "CapAmb", "CapInh"})
    EXPECT_EQ(status_fields(jailed.pid())[set], "0000000000000000") << set;
}

TEST_F(DropPrivsTest, ADaemonHasNoCapabilityEither) {
  const Jailed jailed = start_daemon({}, {}, raise_ambient_capabilities);
  EXPECT_EQ(status_fields(jailed.pid())["Uid"], "1234\t1234\t1234\t1234");
  EXPECT_EQ(status_fields(jailed.pid())["CapEff"], "0000000000000000");
}

TEST_F(DropPrivsTest, TheProgramIsASingleThread) {
  const Jailed jailed = start({});
  EXPECT_EQ(status_fields(jailed.pid())["Threads"], "1");
}

TEST_F(DropPrivsTest, TheLargestIdsWork) {
  const Jailed jailed = start({"--uid", "4294967294", "--gid", "4294967294"});
  EXPECT_EQ(jailed.report("uid"), "4294967294 4294967294 4294967294");
}

TEST_F(DropPrivsTest, RootCanBeTheUser) {
  const Jailed jailed = start({"--uid", "0", "--gid", "0"});
  EXPECT_EQ(jailed.report("uid"), "0 0 0");
  EXPECT_EQ(describe(root()), "directory 0700 0:0");
}

}  // namespace
}  // namespace jailrun::integration
