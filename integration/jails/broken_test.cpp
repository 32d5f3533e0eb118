// SPDX-License-Identifier: Apache-2.0
// Jails whose ledger is empty, cut or lost: shown, never launched beside, removed once nobody uses them.
#include "integration/support/cgroups.hpp"
#include "integration/support/jail_test.hpp"

#include <filesystem>
#include <regex>

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class BrokenTest : public JailTest {
 protected:
  // In the columns STATE and PID.
  bool shows_as_broken(const std::string& pid) const {
    return std::regex_search(run(managing({"ps"})).out, std::regex(" broken +" + pid + " "));
  }

  std::string ledger() const { return jail() + "/ledger"; }
  std::string remedy() const { return "'jailrun rm --broken " + jail() + "'"; }

  // As a power cut leaves it.
  void empty_the_ledger() const { ASSERT_EQ(truncate(ledger().c_str(), 0), 0); }
  void cut_the_ledger() const {
    const std::string text = read_file(ledger());
    ASSERT_EQ(truncate(ledger().c_str(), static_cast<off_t>(text.find("\naction ") + 1)), 0);
  }

  // With a group of its own in the first hierarchy that there is.
  Strings with_group() const {
    if (!v1_mount("pids").empty()) return {"--cgroup", "pids.max=50"};
    return {"--pipeline", pipeline("firecracker.conf"), "--cgroup-version", "2", "--cgroup", "pids.max=50"};
  }
};

TEST_F(BrokenTest, AnEmptyLedgersJailIsRemovedAsEveryRefusalSays) {
  ASSERT_TRUE(launch({}).succeeded());
  empty_the_ledger();
  for (const Strings& words : {Strings{"rm", "jail"}, {"rm", "--all-dead"}, {"rm", "--force", "jail"}}) {
    const Outcome outcome = run(managing(words));
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    expect_mentions(outcome.err, {"is not a ledger that this jailrun can read", remedy()});
  }
  for (const Strings& options : {Strings{}, {"--replace"}}) expect_mentions(refusal(options), {remedy()});
  const Outcome removed = run(managing({"rm", "--broken", "probe/jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  expect_mentions(removed.err, {"is removed, but not what only its ledger could have named"});
  EXPECT_EQ(list(base()), "");
}

TEST_F(BrokenTest, ALedgerThatLacksActionsIsNotObeyed) {
  ASSERT_TRUE(launch({}).succeeded());
  cut_the_ledger();
  const Outcome outcome = run(managing({"rm", "jail"}));
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  expect_mentions(outcome.err, {"is cut: it has 0 of ", remedy()});
  EXPECT_TRUE(exists(root()));
  EXPECT_TRUE(run(managing({"rm", "--broken", jail()})).succeeded());
  EXPECT_EQ(list(base()), "");
}

TEST_F(BrokenTest, AWholeJailIsNotRemovedSo) {
  ASSERT_TRUE(launch({}).succeeded());
  const Outcome outcome = run(managing({"rm", "--broken", "jail"}));
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  expect_mentions(outcome.err, {"is not broken"});
  remove_jail();
}

TEST_F(BrokenTest, AJailThatIsAliveIsNotRemovedAndItsPidIsShown) {
  Jailed jailed = start({});
  const std::string text = read_file(ledger());
  empty_the_ledger();
  const std::string pid = std::to_string(jailed.pid());
  const Outcome refused = run(managing({"rm", "--broken", "jail"}));
  EXPECT_EQ(refused.exit_status, 1) << refused.text();
  expect_mentions(refused.err, {"process " + pid, "as its root"});
  EXPECT_TRUE(shows_as_broken(pid));
  expect_mentions(run(managing({"ps", "--json"})).out, {R"("state":"broken")"});
  write_file(ledger(), text);
}

TEST_F(BrokenTest, AJailInWhichSomethingIsMountedIsNotRemoved) {
  ASSERT_TRUE(launch({}).succeeded());
  empty_the_ledger();
  ASSERT_EQ(mount("none", (root() + "/run").c_str(), "tmpfs", 0, nullptr), 0);
  const Outcome refused = run(managing({"rm", "--broken", "jail"}));
  umount2((root() + "/run").c_str(), MNT_DETACH);
  EXPECT_EQ(refused.exit_status, 1) << refused.text();
  expect_mentions(refused.err, {"unmount " + root() + "/run first"});
  EXPECT_TRUE(run(managing({"rm", "--broken", "jail"})).succeeded());
}

TEST_F(BrokenTest, ALiveJailWhoseLedgerIsLostIsShown) {
  Jailed jailed = start({});
  const std::string text = read_file(ledger());
  std::filesystem::rename(ledger(), scratch("ledger"));
  EXPECT_TRUE(shows_as_broken(std::to_string(jailed.pid())));
  std::filesystem::rename(scratch("ledger"), ledger());
}

TEST_F(BrokenTest, NoLaunchJoinsAGroupThatHasAProcess) {
  Jailed jailed = start(with_group());
  std::filesystem::rename(ledger(), scratch("ledger"));
  const Outcome second = launch(with_group());
  EXPECT_EQ(second.exit_status, 1) << second.text();
  expect_mentions(second.err, {"has process " + std::to_string(jailed.pid()), "did not start"});
  ASSERT_FALSE(exists(ledger()));
  std::filesystem::rename(scratch("ledger"), ledger());
}

// The program of that group has another root, that of the group's namesake perhaps.
TEST_F(BrokenTest, AProcessInAGroupOfTheJailsNameKeepsItToo) {
  ASSERT_TRUE(launch({}).succeeded());
  empty_the_ledger();
  const CgroupMount first = cgroup_mounts().front();
  const std::string group = first.path + "/probe/jail";
  std::filesystem::create_directories(group);
  const std::string home = first.path + group_of(getpid(), first);
  Child other(Command{{"sleep", "1000"}});
  write_file(group + "/cgroup.procs", std::to_string(other.pid()));
  const Outcome refused = run(managing({"rm", "--broken", "jail"}));
  EXPECT_EQ(refused.exit_status, 1) << refused.text();
  expect_mentions(refused.err, {"process " + std::to_string(other.pid()), "called probe/jail"});
  write_file(home + "/cgroup.procs", std::to_string(other.pid()));
  other.send(SIGKILL);
  (void)other.wait();
  const Outcome removed = run(managing({"rm", "--broken", "jail"}));
  EXPECT_TRUE(removed.succeeded()) << removed.text();
  expect_mentions(removed.err, {"these are left: ", group});
  EXPECT_TRUE(remove_group_tree(first.path + "/probe"));
}

}  // namespace
}  // namespace jailrun::integration
