// SPDX-License-Identifier: Apache-2.0
// The two ways into the jail's root: mounted over the template's, and by pivot_root where there is no template.
// What a program finds that tries to get out as uid 0, and what host and jail see of each other's mounts.
#include "integration/roots/template_fixture.hpp"

#include <algorithm>
#include <filesystem>

#include <sys/mount.h>

namespace jailrun::integration {
namespace {

struct Into {
  const char* name;
  bool by_template;
  bool shared;  // the base's mount
};

class NewRootTest : public TemplateFixture, public testing::WithParamInterface<Into> {
 protected:
  void SetUp() override {
    TemplateFixture::SetUp();
    if (GetParam().by_template && !has_mount_setattr()) GTEST_SKIP() << kNoMountSetattr;
    if (!GetParam().shared) {
      ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_PRIVATE, nullptr), 0);
    }
    if (!GetParam().by_template) forbid_template();
    launch_and_remove({}, {"--exit", "0"});
    EXPECT_EQ(is_template_there(), GetParam().by_template);
  }
  Command escapee(const std::string& way) const { return command(as_escapee(), {way}); }
  // What it found, and what is none of the jail's.
  Strings found_of_others(const std::string& way, Strings* all = nullptr) {
    Command wanted = escapee(way);
    wanted.argv.emplace_back("--exit");
    const Outcome outcome = run(wanted);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    EXPECT_EQ(reported(outcome.out, "made"), Strings{}) << outcome.text();
    Strings others = reported(outcome.out, "found");
    if (all != nullptr) *all = others;
    others.erase(
        std::remove_if(others.begin(), others.end(),
                       [&](const std::string& name) { return exists(root("jail", "escapee") + "/" + name); }),
        others.end());
    remove_jail("jail", "escapee");
    return others;
  }
};
INSTANTIATE_TEST_SUITE_P(, NewRootTest,
                         testing::Values(Into{"TemplateSharedBase", true, true},
                                         Into{"TemplatePrivateBase", true, false},
                                         Into{"PivotSharedBase", false, true},
                                         Into{"PivotPrivateBase", false, false}),
                         [](const auto& into) { return std::string(into.param.name); });

TEST_P(NewRootTest, HoldsTheJailsFilesAndItsMountAlone) {
  Strings found;
  EXPECT_EQ(found_of_others("inside", &found), Strings{});
  EXPECT_NE(std::find(found.begin(), found.end(), "escapee"), found.end());
  const Jailed jailed = start({});
  EXPECT_EQ(mounts_of(jailed), 1U);
  EXPECT_EQ(jailed.report("cwd"), "/");
}

TEST_P(NewRootTest, NoWayOutOfItLeadsToAnythingOfTheHosts) {
  for (const char* way :
       {"setns-to-itself", "double-chroot", "every-descriptor", "first-process", "umount-of-the-top"})
    EXPECT_EQ(found_of_others(way), Strings{}) << way;
}

// After pivot_root the kernel's first root is beneath, as in every mount namespace: no test for what is there.
TEST_P(NewRootTest, BeneathItIsNothingAndNothingCanBeLeftThere) {
  if (!GetParam().by_template) return;
  EXPECT_EQ(found_of_others("beneath"), Strings{});
  EXPECT_EQ(found_of_others("leave-beneath"), Strings{});
}

TEST_P(NewRootTest, AUserNamespaceCanBeMadeInside) {
  Command wanted = escapee("user-namespace");
  wanted.argv.emplace_back("--exit");
  const Outcome outcome = run(wanted);
  EXPECT_EQ(reported(outcome.out, "user-namespace"), Strings{"yes"}) << outcome.text();
  remove_jail("jail", "escapee");
}

TEST_P(NewRootTest, AMountMadeInsideIsNotSeenOutside) {
  const size_t before = split_lines(read_file("/proc/self/mountinfo")).size();
  const Jailed jailed = start_command(escapee("mount"), "jail", "escapee");
  EXPECT_TRUE(exists("/proc/" + std::to_string(jailed.pid()) + "/root/inside/file"));
  EXPECT_FALSE(exists(root("jail", "escapee") + "/inside/file"));
  EXPECT_EQ(split_lines(read_file("/proc/self/mountinfo")).size(), before);
}

TEST_P(NewRootTest, ABindMadeBelowItBeforeTheLaunchIsInTheJail) {
  std::filesystem::create_directory(prefill() + "/data");
  write_file(scratch("file"), "seen\n");
  ASSERT_EQ(mount(scratch("").c_str(), (root() + "/data").c_str(), nullptr, MS_BIND, nullptr), 0);
  {
    const Jailed jailed = start({});
    EXPECT_EQ(read_file("/proc/" + std::to_string(jailed.pid()) + "/root/data/file"), "seen\n");
    EXPECT_EQ(umount2((root() + "/data").c_str(), 0), 0);
  }
}

TEST_P(NewRootTest, ABindMadeBelowItAfterTheLaunchIsInTheJailWhereTheBaseIsShared) {
  const Jailed jailed = start({});
  std::filesystem::create_directory(root() + "/data");
  write_file(scratch("file"), "seen\n");
  ASSERT_EQ(mount(scratch("").c_str(), (root() + "/data").c_str(), nullptr, MS_BIND, nullptr), 0);
  EXPECT_EQ(exists("/proc/" + std::to_string(jailed.pid()) + "/root/data/file"), GetParam().shared);
  EXPECT_EQ(umount2((root() + "/data").c_str(), 0), 0);
  EXPECT_FALSE(exists("/proc/" + std::to_string(jailed.pid()) + "/root/data/file"));
}

}  // namespace
}  // namespace jailrun::integration
