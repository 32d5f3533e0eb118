// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

Launch launch(const std::string& settings, const std::string& before = "") {
  return Launch().pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n" + before +
                           "[isolate]\n" + settings + "[drop-privs]\n[exec]\n");
}
std::string plan(const std::string& settings) { return launch(settings).plan_of("isolate"); }
std::string refused(const std::string& sentence) { return "refused: stage isolate: " + sentence + "\n"; }

// As the stage gives it, with the origin in front.
std::string refused_at(const std::string& option, const std::string& sentence) {
  const std::string text = plan(option);
  const size_t at = text.find(sentence);
  EXPECT_EQ(text.find("refused: stage isolate: "), 0U) << text;
  EXPECT_NE(text.find("test.conf:"), std::string::npos) << text;
  return at == std::string::npos ? text : text.substr(at);
}

TEST(Isolate, PlansOneLineForEachNamespaceInOneOrder) {
  EXPECT_EQ(plan("namespaces = net,cgroup\nnamespaces = uts ipc\n"),
            "enter new-namespace ipc\n"
            "enter new-namespace uts  hostname web-1  domainname (none)\n"
            "enter new-namespace cgroup\n"
            "enter new-namespace net  loopback up\n");
}

TEST(Isolate, PlansOnlyThoseNamed) { EXPECT_EQ(plan("namespaces = ipc\n"), "enter new-namespace ipc\n"); }

TEST(Isolate, MustBeToldWhichNamespaces) {
  const std::string sentence = refused(
      "say which namespaces of its own the program gets: --namespaces, of ipc, uts, cgroup, net and time");
  EXPECT_EQ(plan(""), sentence);
  EXPECT_EQ(plan("namespaces = ,\n"), sentence);
}

TEST(Isolate, RefusesWhatIsNoSuchNamespace) {
  EXPECT_EQ(refused_at("namespaces = ipc,ip\n", "'ip'"), "'ip' is none of ipc, uts, cgroup, net, time\n");
  EXPECT_EQ(refused_at("namespaces = pid\n", "'pid'"),
            "'pid' is none of ipc, uts, cgroup, net, time; the stage pid-namespace makes that one\n");
}

TEST(Isolate, GivesTheHostnameThatIsWanted) {
  EXPECT_EQ(plan("namespaces = uts\nhostname = db.example\ndomainname = example\n"),
            "enter new-namespace uts  hostname db.example  domainname example\n");
}

TEST(Isolate, RefusesWhatIsNoName) {
  for (const std::string& name :
       {std::string("-a"), std::string("a b"), std::string("a/b"), std::string(65, 'a')})
    EXPECT_EQ(refused_at("namespaces = uts\nhostname = " + name + "\n", "'").substr(0, name.size() + 17),
              "'" + name + "' is not a name ");
}

TEST(Isolate, RefusesANameForTheHostsOwnNamespace) {
  EXPECT_EQ(refused_at("namespaces = ipc\nhostname = a\n", "that is"),
            "that is for a uts namespace of the program's own: add uts to --namespaces\n");
  EXPECT_EQ(refused_at("namespaces = ipc\ndomainname = a\n", "that is"),
            "that is for a uts namespace of the program's own: add uts to --namespaces\n");
  EXPECT_EQ(refused_at("namespaces = ipc\nboottime-offset = 1\n", "that is"),
            "that is for a time namespace of the program's own: add time to --namespaces\n");
}

class IsolateTime : public ::testing::Test {
 protected:
  // Where the kernel lacks it the plan says so.
  void SetUp() override {
    const std::string shown = plan("namespaces = time\n");
    if (shown.find("refused") == 0) GTEST_SKIP() << shown;
  }
};

TEST_F(IsolateTime, WithoutOffsetsNeedsNoProc) {
  EXPECT_EQ(plan("namespaces = time\n"), "enter new-namespace time\n");
}

TEST_F(IsolateTime, SetsTheClocksByWayOfProc) {
  EXPECT_EQ(plan("namespaces = time\nmonotonic-offset = 86400\nboottime-offset = +5\n"),
            "prepare open-proc /proc  for setting the offsets of clocks\n"
            "enter new-namespace time  monotonic +86400 s  boottime +5 s\n");
}

TEST_F(IsolateTime, AnOffsetMayBeNegativeOnTheCommandLineToo) {
  EXPECT_EQ(launch("namespaces = time\n").add("monotonic-offset", "-1").plan_of("isolate"),
            "prepare open-proc /proc  for setting the offsets of clocks\n"
            "enter new-namespace time  monotonic -1 s\n");
}

TEST_F(IsolateTime, RefusesAnOffsetThatIsNoNumber) {
  for (const char* word : {"1h", "--1", "+-1", "1.5", "+"})
    EXPECT_EQ(refused_at(std::string("namespaces = time\nmonotonic-offset = ") + word + "\n", "'"),
              "'" + std::string(word) + "' is not a number of seconds\n");
}

TEST_F(IsolateTime, RefusesAnOffsetThatTheClockCantHave) {
  const auto refusal = [](const std::string& offset) {
    return refused_at("namespaces = time\nboottime-offset = " + offset + "\n", "'");
  };
  EXPECT_EQ(refusal("-4000000000").find("'-4000000000' would make the clock negative, which is at "), 0U);
  EXPECT_EQ(refusal("4611686018"), "'4611686018' is more than the kernel takes\n");
  EXPECT_EQ(refusal("99999999999999999999"), "'99999999999999999999' is more than the kernel takes\n");
}

TEST(Isolate, KnowsWhatToDoWhereTheKernelLacksOne) {
  EXPECT_EQ(plan("namespaces = ipc\nunsupported = warn\n"), "enter new-namespace ipc\n");
  EXPECT_EQ(refused_at("namespaces = ipc\nunsupported = ignore\n", "'"),
            "'ignore' is neither fail nor warn\n");
}

TEST(Isolate, MustComeAfterTheStagesThatJoinGroups) {
  const std::string text = Launch()
                               .pipeline(
                                   "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[isolate]\n"
                                   "namespaces = cgroup\n[cgroup-v1]\n[drop-privs]\n[exec]\n")
                               .plan();
  EXPECT_NE(text.find("stage isolate must come after cgroup-v1"), std::string::npos) << text;
}

TEST(Isolate, OfTheNetworkContradictsNetns) {
  const std::string text =
      launch("hostname = a\nnamespaces = ipc,net,uts\n", "[netns]\nnetns = /proc/self/ns/net\n").plan();
  EXPECT_NE(text.find("test.conf:8: namespaces) makes a new net namespace, and stage netns ("),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("test.conf:5: netns) joins /proc/self/ns/net: leave one out"), std::string::npos)
      << text;
}

}  // namespace
}  // namespace jailrun::tests
