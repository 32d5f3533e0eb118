// SPDX-License-Identifier: Apache-2.0
// The template namespace: made by the first launch, used by the next ones from any base; launches continue
// without it where it can't be made.
#include "integration/roots/template_fixture.hpp"

namespace jailrun::integration {
namespace {

class TemplateTest : public TemplateFixture {
 protected:
  void SetUp() override {
    TemplateFixture::SetUp();
    if (!has_mount_setattr()) GTEST_SKIP() << kNoMountSetattr;
  }
  static Strings templates() {
    Strings found;
    if (exists("/run/jailrun/templates"))
      for (const auto& entry : std::filesystem::directory_iterator("/run/jailrun/templates"))
        if (entry.path().filename() != "lock") found.push_back(entry.path());
    return found;
  }
  std::string planned(const Strings& options = {}) const {
    Strings words = options;
    words.insert(words.begin(), "plan");
    for (const std::string& line : launch(words).out_lines())
      if (line.find(" template ") != std::string::npos) return line;
    return {};
  }
  void expect_planned(const std::string& part, const Strings& options = {}) const {
    EXPECT_NE(planned(options).find(part), std::string::npos) << planned(options);
  }
  // A launch during which the kernel refuses a call.
  Outcome launch_with(const std::string& fault, const Strings& options = {}) {
    Command wanted = command(options, {"--exit", "0"});
    wanted.argv.insert(wanted.argv.begin(),
                       {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=" + fault});
    return run(wanted);
  }
  // In the template's place. Fails where the kernel takes it for an older one than the tests' own.
  static void bind_a_full_namespace() {
    const Child other(Command{{"unshare", "-m", "--propagation", "private", "sleep", "100"}});
    const std::string file = "/proc/" + std::to_string(other.pid()) + "/ns/mnt";
    std::error_code ignored;
    const auto own = std::filesystem::read_symlink("/proc/self/ns/mnt");
    for (int tries = 0; tries < 500 && std::filesystem::read_symlink(file, ignored) == own; ++tries)
      usleep(1000);
    (void)mount(file.c_str(), kTemplate, nullptr, MS_BIND, nullptr);
  }
};

TEST_F(TemplateTest, TheFirstLaunchMakesItAndTheNextOnesUseIt) {
  expect_planned("made by this launch");
  EXPECT_EQ(templates(), Strings{}) << "made by a plan";
  launch_and_remove({}, {"--exit", "0"});
  EXPECT_EQ(templates(), Strings{kTemplate});
  EXPECT_TRUE(is_template_there());
  EXPECT_EQ(planned().find("made by this launch"), std::string::npos) << planned();
  expect_planned(kTemplate);
  launch_and_remove({}, {"--exit", "0"});
  EXPECT_EQ(templates(), Strings{kTemplate});
}

// Whatever they are on, and whatever is mounted there anew.
TEST_F(TemplateTest, AllBasesHaveTheSame) {
  launch_and_remove({}, {"--exit", "0"});
  std::filesystem::create_directory(base() + "/other");
  for (const std::string& other : {base() + "/other", scratch("jails")}) {
    std::filesystem::create_directories(other);
    EXPECT_EQ(planned({"--chroot-base-dir", other}).find("made by this launch"), std::string::npos);
    EXPECT_TRUE(launch({"--chroot-base-dir", other}, {"--exit", "0"}).succeeded());
    EXPECT_EQ(templates(), Strings{kTemplate});
    EXPECT_TRUE(run({runner(), "rm", "--chroot-base-dir", other, "jail"}).succeeded());
    std::filesystem::remove(other);
  }
}

TEST_F(TemplateTest, KeepsNoBaseInUse) {
  launch_and_remove({}, {"--exit", "0"});
  EXPECT_EQ(umount2(base().c_str(), 0), 0);  // TearDown wants one
  ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", 0, "mode=0755"), 0);
}

TEST_F(TemplateTest, OfManyFirstLaunchesAtOnceOneMakesIt) {
  std::vector<Child> launches;
  for (int i = 0; i < 8; ++i)
    launches.emplace_back(command({"--id", "jail-" + std::to_string(i)}, {"--exit", "0"}));
  for (Child& one : launches) {
    const Outcome outcome = one.wait();
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  }
  EXPECT_EQ(templates(), Strings{kTemplate});
  for (int i = 0; i < 8; ++i) remove_jail("jail-" + std::to_string(i));
}

TEST_F(TemplateTest, IsListedAndRemovedAsTheHosts) {
  launch_and_remove({}, {"--exit", "0"});
  EXPECT_NE(run({runner(), "ps", "--host"}).out.find(kTemplate), std::string::npos);
  EXPECT_NE(read_file("/proc/self/mountinfo").find(kTemplate), std::string::npos);
  EXPECT_TRUE(run({runner(), "rm", "--host", "--reports"}).succeeded());
  EXPECT_FALSE(exists("/run/jailrun/templates"));
  EXPECT_EQ(read_file("/proc/self/mountinfo").find(kTemplate), std::string::npos);
}

TEST_F(TemplateTest, ALaunchDoesWithoutWhereItCannotBeMade) {
  // The second unshare is the one of the process that makes it.
  for (const char* fault : {"mount:error=EPERM:when=1", "mount:error=EPERM:when=2",
                            "socketpair:error=EMFILE:when=1", "unshare:error=ENOSPC:when=2"}) {
    const Outcome outcome = launch_with(fault);
    EXPECT_TRUE(outcome.succeeded()) << fault << outcome.text();
    EXPECT_FALSE(is_template_there()) << fault;
    remove_jail();
    run({runner(), "rm", "--host", "--reports"});
  }
}

// Trying takes a millisecond.
TEST_F(TemplateTest, WhereItCannotBeMadeForGoodNoLaunchTriesAgain) {
  Outcome outcome = launch_with("unshare:error=EPERM:when=2");
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  remove_jail();
  expect_planned("none");
  launch_and_remove({}, {"--exit", "0"});
  EXPECT_EQ(templates(), Strings{std::string(kTemplate) + ".none"});
  EXPECT_TRUE(run({runner(), "rm", "--host", "--reports"}).succeeded());
  expect_planned("made by this launch");
}

TEST_F(TemplateTest, ALaunchDoesWithoutWhereItCannotBeEntered) {
  launch_and_remove({}, {"--exit", "0"});
  // The first mount_setattr asks whether the kernel has it.
  for (const char* fault :
       {"setns:error=EPERM:when=1", "open_tree:error=EPERM:when=1", "mount_setattr:error=EINVAL:when=2",
        "unshare:error=ENOSPC:when=1", "move_mount:error=EINVAL:when=1", "chroot:error=EPERM:when=1"}) {
    const Outcome outcome = launch_with(fault);
    EXPECT_TRUE(outcome.succeeded()) << fault << outcome.text();
    remove_jail();
  }
}

// Linux before 5.12: the plan says so, and nothing is made for later launches.
TEST_F(TemplateTest, WithoutMountSetattrALaunchNeitherMakesNorTriesIt) {
  const std::string missing = "mount_setattr:error=ENOSYS";
  EXPECT_NE(launch_with(missing, {"plan"}).out.find("none  the host's mounts are copied"), std::string::npos);
  const Outcome outcome = launch_with(missing);
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  remove_jail();
  EXPECT_EQ(templates(), Strings{});
}

// Root's doing only, but what is beneath a jail's root must be nothing.
TEST_F(TemplateTest, ANamespaceThatHoldsSomethingIsNotUsed) {
  launch_and_remove({}, {"--exit", "0"});
  ASSERT_EQ(umount2(kTemplate, MNT_DETACH), 0);
  for (int tries = 0; tries < 200 && !is_template_there(); ++tries) bind_a_full_namespace();
  ASSERT_TRUE(is_template_there());
  const Outcome outcome = launch({"--log-level", "info"}, {"--exit", "0"});
  EXPECT_NE(outcome.err.find("the template namespace is not empty"), std::string::npos) << outcome.text();
  remove_jail();
  const Jailed jailed = start({});
  EXPECT_EQ(mounts_of(jailed), 1U);
  EXPECT_TRUE(exists("/proc/" + std::to_string(jailed.pid()) + "/root/probe"));
}

TEST_F(TemplateTest, WhatAKilledLaunchLeftInItsPlaceIsMadeWhole) {
  launch_and_remove({}, {"--exit", "0"});
  ASSERT_EQ(umount2(kTemplate, MNT_DETACH), 0);
  expect_planned("made by this launch");
  launch_and_remove({}, {"--exit", "0"});
  EXPECT_TRUE(is_template_there());
}

}  // namespace
}  // namespace jailrun::integration
