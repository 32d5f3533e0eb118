// SPDX-License-Identifier: Apache-2.0
#include "plugins/user-namespace/id_lines.hpp"
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

// Whose uid is 1234 and whose gid is 100.
Launch launch(const std::string& settings, const std::string& end = "[exec]\n") {
  return Launch().pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[user-namespace]\n" +
                           settings + "[drop-privs]\n" + end);
}
std::string plan(const std::string& settings) { return launch(settings).plan_of("user-namespace"); }

// Without the origin in front, which names file and line.
std::string refused_at(const std::string& settings) {
  const std::string text = plan(settings);
  const size_t at = text.find("test.conf:");
  EXPECT_EQ(text.find("refused: stage user-namespace: "), 0U) << text;
  if (at == std::string::npos) return text;
  return text.substr(text.find(": ", text.find(": ", at) + 2) + 2);
}

class UserNamespace : public ::testing::Test {
 protected:
  // Where the kernel has none the plan says so.
  void SetUp() override {
    const std::string shown = plan("");
    if (shown.find("refused") == 0) GTEST_SKIP() << shown;
  }
};

TEST_F(UserNamespace, HasTheProgramsOwnIdsAlone) {
  const std::string itself = "prepare user-namespace uids 1234:1234:1  gids 100:100:1\n";
  EXPECT_EQ(plan(""), itself);
  EXPECT_EQ(plan("map-ids = self\n"), itself);
}

TEST_F(UserNamespace, CanMakeTheProgramRootInIt) {
  EXPECT_EQ(plan("map-ids = root\n"), "prepare user-namespace uids 0:1234:1  gids 0:100:1\n");
  EXPECT_NE(launch("map-ids = root\n")
                .plan()
                .find("enter drop-privs: credentials uid 1234, gid 100, no groups  in its user namespace uid "
                      "0, gid 0\n"),
            std::string::npos);
}

TEST_F(UserNamespace, HasTheMapsThatAreGiven) {
  EXPECT_EQ(plan("map-uid = 0:1234:10\nmap-uid = 10:500:1\nmap-gid = 5:90:20\n"),
            "prepare user-namespace uids 0:1234:10,10:500:1  gids 5:90:20\n");
  EXPECT_EQ(plan("map-ids = root\nmap-uid = 1:100000:65536\n"),
            "prepare user-namespace uids 0:1234:1,1:100000:65536  gids 0:100:1\n");
}

TEST_F(UserNamespace, AllowsWhatItIsToldTo) {
  EXPECT_EQ(
      plan("setgroups = allow\nnested-user-namespaces = allow\n"),
      "prepare user-namespace uids 1234:1234:1  gids 100:100:1  setgroups allowed  others in it allowed\n");
}

TEST_F(UserNamespace, RefusesWhatIsNotARange) {
  for (const char* text : {"0:1", "0:1:2:3", "a:1:1", "0:-1:1", "0::1", "0:4294967296:1"})
    EXPECT_EQ(refused_at(std::string("map-uid = ") + text + "\n"),
              "'" + std::string(text) + "' is not INSIDE:OUTSIDE:COUNT, three numbers below 4294967296\n");
  EXPECT_EQ(refused_at("map-gid = 0:1:0\n"), "'0:1:0' has no ids\n");
  EXPECT_EQ(refused_at("map-gid = 1:0:4294967295\n"),
            "'1:0:4294967295' has ids beyond 4294967294, the last one\n");
}

TEST_F(UserNamespace, RefusesRangesThatOverlap) {
  EXPECT_EQ(refused_at("map-uid = 0:1234:10\nmap-uid = 9:5000:1\n"),
            "'9:5000:1' has inside ids that 0:1234:10 has already\n");
  EXPECT_EQ(refused_at("map-uid = 0:1234:10\nmap-uid = 10:1230:5\n"),
            "'10:1230:5' has outside ids that 0:1234:10 has already\n");
  EXPECT_EQ(refused_at("map-ids = root\nmap-uid = 0:5000:1\n"),
            "the program's uid, as 0:1234:1, has inside ids that 0:5000:1 has already\n");
}

TEST_F(UserNamespace, RefusesMapsWithoutTheProgramsOwnIds) {
  EXPECT_EQ(
      refused_at("map-uid = 0:1000:10\nmap-gid = 0:100:1\n"),
      "the program's uid 1234 is not mapped: add a range with it to map-uid, or map-ids = self or root\n");
  EXPECT_EQ(plan("map-uid = 0:1234:1\n"),
            "refused: stage user-namespace: the program's gid 100 is not mapped: add a range with it to "
            "map-gid, or "
            "map-ids = self or root\n");
}

TEST_F(UserNamespace, RefusesOtherWords) {
  EXPECT_EQ(refused_at("map-ids = both\n"), "'both' is none of self, root, auto\n");
  EXPECT_EQ(refused_at("map-ids = auto\nauto-ids = 0\n"), "'0' is not a number of ids\n");
  EXPECT_EQ(refused_at("map-ids = auto\nsubids = somebody\n"),
            "leave it out, as map-ids = auto chooses such ids\n");
  EXPECT_EQ(refused_at("setgroups = no\n"), "'no' is neither deny nor allow\n");
  EXPECT_EQ(refused_at("nested-user-namespaces = yes\n"), "'yes' is neither deny nor allow\n");
  EXPECT_EQ(refused_at("unsupported = ignore\n"), "'ignore' is neither fail nor warn\n");
  EXPECT_EQ(refused_at("subids = somebody\n"),
            "add map-ids = root, as these ids begin with 1 in the user namespace\n");
}

TEST_F(UserNamespace, RefusesAUserWithoutSubordinateIds) {
  const std::string text = refused_at("map-ids = root\nsubids = nobody-at-all\n");
  EXPECT_TRUE(text == "/etc/subuid has no ids for 'nobody-at-all'\n" || text.find("open /etc/subuid") == 0)
      << text;
}

TEST_F(UserNamespace, MustComeBeforeTheCredentials) {
  const std::string text = Launch()
                               .pipeline(
                                   "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n"
                                   "[user-namespace]\n[exec]\n")
                               .plan();
  EXPECT_NE(text.find("user-namespace must come before drop-privs"), std::string::npos) << text;
}

// In the namespace the exec gives root whatever the bounding set has.
TEST_F(UserNamespace, TheCapabilitiesOfRootInItAreJudgedAsRoots) {
  const std::string end = "[capabilities]\nbounding = chown\n[exec]\n";
  EXPECT_EQ(launch("", end).plan().find("refused"), std::string::npos);
  const std::string text = launch("map-ids = root\n", end).plan();
  EXPECT_NE(text.find("CAP_CHOWN is not kept, and the program stays root"), std::string::npos) << text;
}

TEST(SubordinateIds, AreOneUsersRangesInTheirOrder) {
  const TempDirectory directory;
  const std::string file = directory.file("subuid", "alice:100000:65536\nbob:1:2\n\nalice:300000:10\n");
  const auto found = user_namespace::subordinate_ids(file, "alice", 1);
  ASSERT_TRUE(found);
  ASSERT_EQ(found.value().size(), 2U);
  EXPECT_EQ(found.value()[0].inside, 1U);
  EXPECT_EQ(found.value()[0].outside, 100000U);
  EXPECT_EQ(found.value()[0].count, 65536U);
  EXPECT_EQ(found.value()[1].inside, 65537U);
  EXPECT_EQ(found.value()[1].outside, 300000U);
}

TEST(SubordinateIds, AreAlsoAskedForInBothFiles) {
  const user_namespace::IdRanges both =
      user_namespace::in_both({{0, 100, 50}, {50, 200, 10}}, {{0, 120, 85}, {85, 209, 100}});
  ASSERT_EQ(both.size(), 3U);
  EXPECT_EQ(both[0].outside, 120U);
  EXPECT_EQ(both[0].count, 30U);
  EXPECT_EQ(both[1].outside, 200U);
  EXPECT_EQ(both[1].count, 5U);
  EXPECT_EQ(both[2].outside, 209U);
  EXPECT_EQ(both[2].count, 1U);
  EXPECT_EQ(both[2].inside, 0U);
}

TEST(SubordinateIds, RefuseALineThatIsNone) {
  const TempDirectory directory;
  const std::string file = directory.file("subuid", "alice:100000\n");
  EXPECT_EQ(user_namespace::subordinate_ids(file, "alice", 1).error().sentence,
            file + ": 'alice:100000' is not NAME:FIRST:COUNT");
}

}  // namespace
}  // namespace jailrun::tests
