// SPDX-License-Identifier: Apache-2.0
// Commands that a stage carries out on a jail that exists.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class TellTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_directory(place());
  }

  // Where the stage `slots` makes its file.
  std::string place() const { return scratch("place"); }

  Strings with_slots() const {
    const std::string text = with_section_before(kTenStages, "devices", section("slots", "slots"));
    return {"--pipeline", written(scratch("slots.conf"), text), "--slots-directory", place()};
  }

  Outcome tell(const Strings& words) const {
    Strings argv = {runner(), "tell", "--chroot-base-dir", base()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv);
  }

  // One sentence, and that nothing was done.
  std::string refused(const Strings& words) const {
    const Outcome outcome = tell(words);
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    EXPECT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
    EXPECT_FALSE(exists(place() + "/said"));
    return outcome.err;
  }

  std::string made() const { return list(place()).substr(0, list(place()).find(' ')); }
};

TEST_F(TellTest, ReachTheCallOfAJailThatRuns) {
  const Jailed jailed = start(with_slots());
  const std::string file = made();
  const Outcome told = tell({"jail", "slots", "say", "hello"});
  EXPECT_TRUE(told.succeeded()) << told.text();
  EXPECT_EQ(read_file(place() + "/said"), "hello of " + file + "\n");
}

TEST_F(TellTest, ReachTheCallOfAJailWhoseProgramHasEnded) {
  ASSERT_TRUE(launch(with_slots()).succeeded());
  const std::string file = made();
  EXPECT_TRUE(tell({"probe/jail", "slots", "say", "hello"}).succeeded());
  EXPECT_EQ(read_file(place() + "/said"), "hello of " + file + "\n");
  remove_jail();
}

TEST_F(TellTest, AreRefusedWhereNoCallIsMeant) {
  ASSERT_TRUE(launch(with_slots()).succeeded());
  EXPECT_EQ(refused({"jail", "slots", "say", "other"}),
            "jailrun: jail jail has nothing of stage slots that takes 'say other'; it has make\n");
  EXPECT_EQ(refused({"jail", "devices", "say", "hello"}),
            "jailrun: jail jail has nothing of stage devices that takes commands\n");
  EXPECT_EQ(refused({"jail", "slots", "shout"}), "jailrun: stage slots: slots can only say a WORD\n");
  EXPECT_EQ(refused({"nobody", "slots", "say", "hello"}),
            "jailrun: there is no jail 'nobody': 'jailrun ps' lists the jails\n");
  EXPECT_EQ(refused({"jail", "slots"}),
            "jailrun: tell: name the jail, the stage and what to do: [NAME/]ID STAGE VERB WORDS...\n");
  remove_jail();
}

TEST_F(TellTest, WaitForNoLaunchOrRemovalUnderWay) {
  ASSERT_TRUE(launch(with_slots()).succeeded());
  const int ledger = open((jail() + "/ledger").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(ledger, LOCK_EX | LOCK_NB), 0);
  EXPECT_EQ(refused({"jail", "slots", "say", "hello"}),
            "jailrun: jail jail is being launched or removed right now, by process " +
                std::to_string(getpid()) + "\n");
  close(ledger);
  remove_jail();
}

}  // namespace
}  // namespace jailrun::integration
