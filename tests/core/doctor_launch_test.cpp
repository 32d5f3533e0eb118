// SPDX-License-Identifier: Apache-2.0
// doctor shown pipelines: values as their files would give them, and jails that exist.
#include "core/cli/doctor/launch_check.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include <unistd.h>

namespace jailrun::core::cli {
namespace {

class DoctorLaunchTest : public testing::Test {
 protected:
  DoctorLaunchTest() {
    stage_.options = {option("chroot-base-dir", "DIR"), option("file", "SOURCE[:TARGET]"),
                      option("volume", "NAME=BASE[,WORDS]"),
                      option("device", "PATH[=TYPE:MAJOR:MINOR][,optional]"), option("netns", "PATH")};
    launch_.pipeline = "vm.conf";
    launch_.stages = {&stage_};
    launch_.privileged = true;
  }
  static OptionDescription option(std::string_view name, std::string_view value) {
    return {name, value, "", "", JR_OPTION_TEXT, JR_OPTION_REPEATABLE, 0, 0};
  }
  void give(const std::string& name, const std::vector<std::string>& texts) {
    std::vector<OptionValue> values;
    for (const std::string& text : texts) values.push_back({text, "vm.conf:1"});
    launch_.values.give(name, values);
  }
  Outcome outcome(std::string_view id) const {
    for (const Checked& one : check_launch(launch_))
      if (one.check->id == id) return one.outcome;
    ADD_FAILURE() << "no check is named " << id;
    return {};
  }
  std::string verdict(std::string_view id) const { return std::string(verdict_word(outcome(id).verdict)); }

  tests::TempDirectory root_;
  StageDescription stage_;
  LaunchView launch_;
};

TEST_F(DoctorLaunchTest, ADirectoryThatOthersMayWriteIsAFailure) {
  give("chroot-base-dir", {root_.directory("base")});
  EXPECT_EQ(verdict("launch-paths"), "ok") << outcome("launch-paths").sentence;
  give("chroot-base-dir", {root_.directory("open", 0777)});
  EXPECT_EQ(verdict("launch-paths"), "failure");
  EXPECT_NE(outcome("launch-paths").sentence.find(root_ / "open"), std::string::npos);
}

TEST_F(DoctorLaunchTest, AFileThatOthersMayWriteIsAFailureWhereverTheValueHasIt) {
  const std::string writable = root_.file("writable", "", 0666);
  give("file", {root_.file("kernel") + ":/kernel"});
  EXPECT_EQ(verdict("launch-paths"), "ok") << outcome("launch-paths").sentence;
  give("file", {writable + ":/kernel"});
  EXPECT_EQ(verdict("launch-paths"), "failure");
  give("file", {});
  give("volume", {"root=" + writable + ",size=1G"});
  EXPECT_EQ(verdict("launch-paths"), "failure");
}

TEST_F(DoctorLaunchTest, ADirectoryAboveThatOthersMayWriteIsAFailure) {
  root_.directory("open", 0777);
  give("file", {root_.file("open/kernel")});
  EXPECT_EQ(verdict("launch-paths"), "failure");
}

TEST_F(DoctorLaunchTest, ANetworkNamespaceIsAPathAndANodeInTheJailIsNone) {
  give("netns", {root_.file("net", "", 0666)});
  EXPECT_EQ(verdict("launch-paths"), "failure");
  EXPECT_EQ(outcome("launch-paths").sentence,
            root_ / "net" + " is writable by others, who could change what jails get: chmod go-w it");
  give("netns", {});
  give("device", {root_ / "net"});
  EXPECT_EQ(outcome("launch-paths").sentence, "vm.conf names no path of the host");
}

TEST_F(DoctorLaunchTest, APathThatIsMissingIsJudgedByWhoMayMakeIt) {
  give("file", {root_ / "missing"});
  EXPECT_EQ(verdict("launch-paths"), "ok");
  give("file", {root_.directory("open", 0777) + "/missing"});
  EXPECT_EQ(verdict("launch-paths"), "failure");
  give("file", {root_ / "missing/too"});
  EXPECT_EQ(verdict("launch-paths"), "not known");
}

TEST_F(DoctorLaunchTest, APathThatOnlyRootCanJudgeIsNotKnown) {
  give("file", {root_.file("kernel")});
  launch_.privileged = false;
  EXPECT_EQ(verdict("launch-paths"), "not known");
}

TEST_F(DoctorLaunchTest, WhatTheJailIsGivenMayBeItsUsersOwn) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const std::string disk = root_.file("disk"), open = root_.file("open-disk", "", 0666);
  for (const std::string& path : {disk, open}) ASSERT_EQ(chown(path.c_str(), 1000, 1000), 0);
  give("file", {disk + ":/disk"});
  EXPECT_EQ(verdict("launch-paths"), "failure");
  give("uid", {"1001"});
  EXPECT_EQ(verdict("launch-paths"), "failure");
  give("uid", {"1000"});
  EXPECT_EQ(outcome("launch-paths").sentence,
            "nobody but root can write to " + disk + " (or the jail's user)");
  EXPECT_EQ(verdict("launch-paths"), "ok");
  give("file", {open + ":/disk"});
  EXPECT_EQ(verdict("launch-paths"), "failure");
  give("file", {});
  give("netns", {disk});
  EXPECT_EQ(verdict("launch-paths"), "failure");
}

TEST_F(DoctorLaunchTest, AUidThatAnotherJailHasIsAFailure) {
  give("uid", {"1000"});
  EXPECT_EQ(verdict("launch-uid"), "ok");
  launch_.jails = {{"vmm/a", 1001}, {"vmm/b", 1000}};
  EXPECT_EQ(verdict("launch-uid"), "failure");
  EXPECT_EQ(outcome("launch-uid").sentence,
            "uid 1000 is that of launches with vm.conf, jail vmm/b: they can signal and trace each other and "
            "write each other's "
            "files");
}

TEST_F(DoctorLaunchTest, TwoJailsOfOneUidAreAFailureWhateverThePipelineSays) {
  launch_.jails = {{"vmm/a", 1001}, {"vmm/b", 1001}};
  EXPECT_EQ(verdict("launch-uid"), "failure");
}

TEST_F(DoctorLaunchTest, AUidThatIsNotGivenOrNotReadableIsNotKnown) {
  EXPECT_EQ(verdict("launch-uid"), "not known");
  give("uid", {"1000"});
  launch_.jails = {{"vmm/a", std::nullopt}};
  EXPECT_EQ(verdict("launch-uid"), "not known");
  launch_.jails.clear();
  launch_.privileged = false;
  EXPECT_EQ(verdict("launch-uid"), "not known");
}

TEST_F(DoctorLaunchTest, RootIsAFailure) {
  give("uid", {"0"});
  EXPECT_EQ(verdict("launch-uid"), "failure");
}

TEST_F(DoctorLaunchTest, MemoryAndPidsAreLimitedByEitherVersionAndTheLastValueCounts) {
  EXPECT_EQ(verdict("launch-memory"), "warning");
  EXPECT_EQ(verdict("launch-pids"), "warning");
  give("cgroup", {"memory.limit_in_bytes=512M", "pids.max=64"});
  EXPECT_EQ(verdict("launch-memory"), "ok");
  EXPECT_EQ(verdict("launch-pids"), "ok");
  give("cgroup", {"memory.max=512M", "memory.max=max", "pids.max=max"});
  EXPECT_EQ(verdict("launch-memory"), "warning");
  EXPECT_EQ(verdict("launch-pids"), "warning");
}

TEST_F(DoctorLaunchTest, OpenFilesAreLimitedByTheDefaultOrAValue) {
  EXPECT_EQ(verdict("launch-open-files"), "warning");
  give("no-file-default", {"2048"});
  EXPECT_EQ(verdict("launch-open-files"), "ok");
  give("resource-limit", {"no-file=unlimited"});
  EXPECT_EQ(verdict("launch-open-files"), "warning");
  give("no-file-default", {"keep"});
  give("resource-limit", {"no-file=1024"});
  EXPECT_EQ(verdict("launch-open-files"), "ok");
}

}  // namespace
}  // namespace jailrun::core::cli
