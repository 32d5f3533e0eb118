// SPDX-License-Identifier: Apache-2.0
// The template namespace: made by a base's first launch, used by the next; launches continue without it where
// it can't be made.
#include "integration/support/jail_test.hpp"

#include <filesystem>

#include <sys/mount.h>
#include <sys/stat.h>

namespace jailrun::integration {
namespace {

// The base is on a mount that other namespaces share, as all of a usual host's are.
class TemplateTest : public JailTest {
 protected:
  void SetUp() override {
    run({runner(), "rm", "--host", "--reports"});  // what earlier tests' bases have left
    JailTest::SetUp();
    ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", 0, "mode=0755"), 0);
    ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_SHARED, nullptr), 0);
  }
  void TearDown() override {
    run({runner(), "rm", "--host", "--reports"});
    EXPECT_EQ(umount2(base().c_str(), MNT_DETACH), 0);
    JailTest::TearDown();
  }

  static Strings templates() {
    Strings found;
    if (exists("/run/jailrun/templates"))
      for (const auto& entry : std::filesystem::directory_iterator("/run/jailrun/templates"))
        if (entry.path().filename() != "lock") found.push_back(entry.path());
    return found;
  }
  static std::string text_of(const Strings& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
  std::string planned() const {
    for (const std::string& line : launch({"plan"}).out_lines())
      if (line.find(" template ") != std::string::npos) return line;
    return {};
  }
  // The mounts that the program has in view.
  static size_t mounts_of(const Jailed& jailed) {
    return split_lines(read_file("/proc/" + std::to_string(jailed.pid()) + "/mountinfo")).size();
  }
  // A launch during which the kernel refuses a call.
  Outcome launch_with(const std::string& fault, const Strings& options = {}) {
    Command wanted = command(options, {"--exit", "0"});
    wanted.argv.insert(wanted.argv.begin(),
                       {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=" + fault});
    return run(wanted);
  }
};

TEST_F(TemplateTest, TheFirstLaunchMakesItAndTheNextOnesUseIt) {
  EXPECT_NE(planned().find("made by this launch"), std::string::npos) << planned();
  EXPECT_EQ(templates(), Strings{}) << "made by a plan";
  launch_and_remove({}, {"--exit", "0"});
  const Strings made = templates();
  ASSERT_EQ(made.size(), 1U) << text_of(made);
  EXPECT_NE(planned().find(made.front()), std::string::npos) << planned();
  EXPECT_EQ(planned().find("made by this launch"), std::string::npos) << planned();
  launch_and_remove({}, {"--exit", "0"});
  EXPECT_EQ(templates(), made);
}

TEST_F(TemplateTest, ThoseOfBasesThatAreGoneAreRemovedByTheNextThatIsMade) {
  for (const char* name : {"one", "two", "three"}) {
    const std::string other = base() + "/" + name;
    std::filesystem::create_directory(other);
    EXPECT_TRUE(launch({"--chroot-base-dir", other}, {"--exit", "0"}).succeeded());
    EXPECT_EQ(templates().size(), 1U) << text_of(templates());
    EXPECT_TRUE(run({runner(), "rm", "--chroot-base-dir", other, "jail"}).succeeded());
    std::filesystem::remove(other);
  }
}

TEST_F(TemplateTest, TheJailIsTheSameWithAndWithoutIt) {
  std::string views[2];
  for (std::string& view : views) {
    const Jailed jailed = start({});
    EXPECT_EQ(mounts_of(jailed), 1U);
    EXPECT_EQ(jailed.report("cwd"), "/");
    view = list(root()) + describe(root());
  }
  EXPECT_EQ(views[0], views[1]);
}

TEST_F(TemplateTest, AMountMadeBelowTheBaseBeforeTheLaunchIsInTheJail) {
  launch_and_remove({}, {"--exit", "0"});  // makes it
  std::filesystem::create_directory(prefill() + "/data");
  ASSERT_EQ(mount("tmpfs", (root() + "/data").c_str(), "tmpfs", 0, nullptr), 0);
  write_file(root() + "/data/file", "seen\n");
  {
    const Jailed jailed = start({});
    EXPECT_EQ(read_file("/proc/" + std::to_string(jailed.pid()) + "/root/data/file"), "seen\n");
    EXPECT_EQ(umount2((root() + "/data").c_str(), 0), 0);
  }
}

TEST_F(TemplateTest, AMountMadeAfterTheLaunchIsInTheJail) {
  launch_and_remove({}, {"--exit", "0"});
  const Jailed jailed = start({});
  std::filesystem::create_directory(root() + "/data");
  ASSERT_EQ(mount("tmpfs", (root() + "/data").c_str(), "tmpfs", 0, nullptr), 0);
  write_file(root() + "/data/file", "seen\n");
  EXPECT_EQ(read_file("/proc/" + std::to_string(jailed.pid()) + "/root/data/file"), "seen\n");
  EXPECT_EQ(umount2((root() + "/data").c_str(), 0), 0);
}

TEST_F(TemplateTest, TheHostSeesNoMountOfTheJails) {
  launch_and_remove({}, {"--exit", "0"});
  const size_t before = split_lines(read_file("/proc/self/mountinfo")).size();
  const Jailed jailed = start({});
  EXPECT_EQ(split_lines(read_file("/proc/self/mountinfo")).size(), before);
}

TEST_F(TemplateTest, ABaseThatIsMountedAnewGetsANewOneInPlaceOfTheOld) {
  launch_and_remove({}, {"--exit", "0"});
  const Strings old = templates();
  ASSERT_EQ(old.size(), 1U) << text_of(old);
  ASSERT_EQ(umount2(base().c_str(), MNT_DETACH), 0);
  ASSERT_EQ(mount("tmpfs", base().c_str(), "tmpfs", 0, "mode=0755"), 0);
  ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_SHARED, nullptr), 0);
  EXPECT_NE(planned().find("made by this launch"), std::string::npos) << planned();
  const Jailed jailed = start({});
  EXPECT_EQ(templates().size(), 1U) << text_of(templates());
  EXPECT_NE(templates(), old);
}

TEST_F(TemplateTest, OfManyFirstLaunchesAtOnceOneMakesIt) {
  std::vector<Child> launches;
  for (int i = 0; i < 8; ++i)
    launches.emplace_back(command({"--id", "jail-" + std::to_string(i)}, {"--exit", "0"}));
  for (Child& one : launches) {
    const Outcome outcome = one.wait();
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  }
  EXPECT_EQ(templates().size(), 1U) << text_of(templates());
  for (int i = 0; i < 8; ++i) remove_jail("jail-" + std::to_string(i));
}

TEST_F(TemplateTest, IsListedAndRemovedAsTheHosts) {
  launch_and_remove({}, {"--exit", "0"});
  const std::string file = templates().front();
  EXPECT_NE(run({runner(), "ps", "--host"}).out.find(file), std::string::npos);
  EXPECT_NE(read_file("/proc/self/mountinfo").find(file), std::string::npos);
  EXPECT_TRUE(run({runner(), "rm", "--host", "--reports"}).succeeded());
  EXPECT_FALSE(exists("/run/jailrun/templates"));
  EXPECT_EQ(read_file("/proc/self/mountinfo").find(file), std::string::npos);
}

TEST_F(TemplateTest, ABaseOnAMountThatIsNotSharedHasNone) {
  ASSERT_EQ(mount(nullptr, base().c_str(), nullptr, MS_PRIVATE, nullptr), 0);
  EXPECT_NE(planned().find("none"), std::string::npos) << planned();
  launch_and_remove({}, {"--exit", "0"});
  for (const std::string& file : templates()) EXPECT_EQ(describe(file), "file 0600 0:0");
}

TEST_F(TemplateTest, ALaunchDoesWithoutWhereItCannotBeMade) {
  for (const char* fault :
       {"mount:error=EPERM:when=1", "mount:error=EPERM:when=3", "socketpair:error=EMFILE:when=1"}) {
    const Outcome outcome = launch_with(fault);
    EXPECT_TRUE(outcome.succeeded()) << fault << outcome.text();
    remove_jail();
    run({runner(), "rm", "--host", "--reports"});
  }
}

TEST_F(TemplateTest, ALaunchDoesWithoutWhereItCannotBeJoined) {
  launch_and_remove({}, {"--exit", "0"});
  const Outcome outcome = launch_with("setns:error=EPERM:when=1");
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  remove_jail();
}

// Root's doing only, but then the jail must still be the right one.
TEST_F(TemplateTest, ANamespaceThatShowsSomethingElseIsNotUsed) {
  launch_and_remove({}, {"--exit", "0"});
  const std::string file = templates().front();
  ASSERT_EQ(umount2(file.c_str(), MNT_DETACH), 0);
  const Child other(Command{{"unshare", "-m", "--propagation", "private", "sleep", "100"}});
  for (int tries = 0; tries < 500 && mount(("/proc/" + std::to_string(other.pid()) + "/ns/mnt").c_str(),
                                           file.c_str(), nullptr, MS_BIND, nullptr) != 0;
       ++tries)
    usleep(10000);
  const Jailed jailed = start({});
  EXPECT_EQ(mounts_of(jailed), 1U);
  EXPECT_TRUE(exists("/proc/" + std::to_string(jailed.pid()) + "/root/probe"));
}

TEST_F(TemplateTest, WhatAKilledLaunchLeftInItsPlaceIsMadeWhole) {
  launch_and_remove({}, {"--exit", "0"});
  const std::string file = templates().front();
  ASSERT_EQ(umount2(file.c_str(), MNT_DETACH), 0);
  EXPECT_NE(planned().find("made by this launch"), std::string::npos) << planned();
  launch_and_remove({}, {"--exit", "0"});
  EXPECT_EQ(planned().find("made by this launch"), std::string::npos) << planned();
}

}  // namespace
}  // namespace jailrun::integration
