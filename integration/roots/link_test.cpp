// SPDX-License-Identifier: Apache-2.0
// A program that is named by a symbolic link: clients look for the jail below the link's name.
#include "integration/support/jail_test.hpp"

#include <filesystem>

namespace jailrun::integration {
namespace {

class LinkTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_symlink(test_file("probe"), link());
  }
  std::string link() const { return scratch("vmm"); }
  Strings options(const Strings& more = {}) const {
    Strings all = {"--exec-file", link()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Outcome jailrun(Strings words) const {
    words.insert(words.begin(), runner());
    words.insert(words.end(), {"--chroot-base-dir", base()});
    return run(words);
  }
};

TEST_F(LinkTest, TheJailIsNamedAfterTheProgramAndFoundUnderBothNames) {
  const Jailed jailed = start(options());
  EXPECT_EQ(jailed.report_all("argument")[0], "/probe");
  EXPECT_EQ(describe(jail()), "directory 0710 0:" + std::to_string(kGid));
  EXPECT_EQ(std::filesystem::canonical(jail("jail", "vmm")), jail());
  EXPECT_TRUE(exists(root("jail", "vmm") + "/probe.pid"));
}

TEST_F(LinkTest, BothNamesGoWithTheJail) {
  launch_and_remove(options(), {"--exit", "0"});
  EXPECT_FALSE(exists(base() + "/vmm"));
  EXPECT_FALSE(exists(base() + "/probe"));
}

TEST_F(LinkTest, ARootThatACallerFilledUnderTheLinksNameIsTheJails) {
  const std::string filled = prefill("vmm");
  write_file(filled + "/kernel", "a caller's\n");
  {
    const Jailed jailed = start(options());
    EXPECT_EQ(std::filesystem::canonical(root()), filled);
    EXPECT_EQ(read_file("/proc/" + std::to_string(jailed.pid()) + "/root/kernel"), "a caller's\n");
  }
  EXPECT_FALSE(exists(base() + "/probe"));
}

TEST_F(LinkTest, ARootThatACallerFilledUnderTheProgramsNameIsTheJails) {
  const std::string filled = prefill();
  {
    const Jailed jailed = start(options());
    EXPECT_EQ(std::filesystem::canonical(root("jail", "vmm")), filled);
  }
  EXPECT_FALSE(exists(base() + "/vmm"));
  remove_prefilled();
}

TEST_F(LinkTest, ASecondLaunchIsRefusedWhicheverNameItUses) {
  const Jailed jailed = start(options());
  const std::string alive = "jail jail is already alive: pid " + std::to_string(jailed.pid());
  EXPECT_NE(run(command(options())).err.find(alive), std::string::npos);
  EXPECT_NE(run(command({})).err.find(alive), std::string::npos);
}

TEST_F(LinkTest, ASecondLaunchIsRefusedWhereTheJailIsUnderTheLinksName) {
  prefill("vmm");
  {
    const Jailed jailed = start(options());
    const std::string alive = "jail jail is already alive: pid " + std::to_string(jailed.pid());
    EXPECT_NE(run(command(options())).err.find(alive), std::string::npos);
    EXPECT_NE(run(command({})).err.find(alive), std::string::npos);
  }
  remove_prefilled("vmm");
}

TEST_F(LinkTest, AFailedLaunchLeavesNeitherName) {
  std::filesystem::create_symlink(broken_program(), scratch("link-to-broken"));
  refusal({"--exec-file", scratch("link-to-broken")});
  refusal({"--exec-file", scratch("link-to-broken"), "--daemonize"});
}

TEST_F(LinkTest, WhatStandsInTheLinksPlaceIsKeptAndSaid) {
  std::filesystem::create_directory(base() + "/vmm");
  write_file(base() + "/vmm/jail", "somebody's\n");
  const std::string sentence = refusal(options());
  EXPECT_NE(sentence.find(base() + "/vmm/jail"), std::string::npos) << sentence;
  EXPECT_EQ(read_file(base() + "/vmm/jail"), "somebody's\n");
  std::filesystem::remove_all(base() + "/vmm");
}

TEST_F(LinkTest, TheJailIsListedOnceAndAnswersToBothNames) {
  const Outcome launched = launch(options(), {"--exit", "0"});
  ASSERT_TRUE(launched.succeeded()) << launched.text();
  EXPECT_EQ(jailrun({"ps"}).out_lines().size(), 2U) << jailrun({"ps"}).text();
  const std::string shown = jailrun({"inspect", "vmm/jail"}).out;
  EXPECT_NE(shown.find("jail jail in " + jail()), std::string::npos) << shown;
  const size_t alias = shown.find(" alias ");
  ASSERT_NE(alias, std::string::npos) << shown;
  EXPECT_NE(shown.substr(alias, shown.find('\n', alias) - alias).find(" exists"), std::string::npos) << shown;
  EXPECT_TRUE(jailrun({"rm", "vmm/jail"}).succeeded());
  EXPECT_FALSE(exists(base() + "/probe"));
  EXPECT_FALSE(exists(base() + "/vmm"));
}

TEST_F(LinkTest, ADeadOneIsReplaced) {
  ASSERT_TRUE(launch(options(), {"--exit", "0"}).succeeded());
  EXPECT_TRUE(launch(options({"--replace"}), {"--exit", "0"}).succeeded());
  remove_jail();
}

}  // namespace
}  // namespace jailrun::integration
