// SPDX-License-Identifier: Apache-2.0
// A plugin's own work, which only the plugin can undo: in rollback, by rm, and after a crash, in whichever
// process that is.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"
#include "integration/sweep/tracer.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/syscall.h>

namespace jailrun::integration {
namespace {

class RollbackCallTest : public JailTest {
 protected:
  void SetUp() override {
    JailTest::SetUp();
    std::filesystem::create_directory(place());
  }

  // Where the stage `slots` makes its file.
  std::string place() const { return scratch("place"); }

  Strings with_slots(const Strings& options = {}, const std::string& stages_after = "") const {
    const std::string text =
        with_section_before(kTenStages, "devices", section("slots", "slots") + stages_after);
    Strings words = {"--pipeline", written(scratch("slots.conf"), text), "--slots-directory", place()};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }

  Outcome rm(const Strings& words) const {
    Strings argv = {runner(), "rm", "--chroot-base-dir", base()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv);
  }

  // The file is gone, and it was released once, for this reason and in this way.
  void expect_released(const std::string& how) const {
    EXPECT_EQ(list(place()), "released");
    ASSERT_TRUE(exists(place() + "/released"));
    EXPECT_EQ(read_file(place() + "/released"), how + "\n");
  }
};

TEST_F(RollbackCallTest, InRollbackBecauseALaterStageFailed) {
  const Outcome outcome = launch(with_slots({}, section("saboteur", "call")));
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  expect_released("rollback by slot");
}

// By the process itself, which came back from the program's credentials and root; or by the guard.
TEST_F(RollbackCallTest, InRollbackBecauseTheExecFailed) {
  for (const Strings& more : {Strings{}, Strings{"--new-privileges"}}) {
    Strings options = {"--exec-file", broken_program()};
    options.insert(options.end(), more.begin(), more.end());
    const Outcome outcome = launch(with_slots(options));
    EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
    expect_released("rollback by slot");
    std::filesystem::remove(place() + "/released");
  }
}

TEST_F(RollbackCallTest, InRollbackOfALaunchInTheBackground) {
  const Outcome outcome = launch(with_slots({"--exec-file", broken_program(), "--daemonize"}));
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  expect_released("rollback by slot");
}

TEST_F(RollbackCallTest, ByRmInAnotherProcess) {
  ASSERT_TRUE(launch(with_slots()).succeeded());
  EXPECT_NE(list(place()), "");
  EXPECT_TRUE(rm({"jail"}).succeeded());
  expect_released("remove by slot");
}

TEST_F(RollbackCallTest, WhenASupervisedProgramEnds) {
  EXPECT_EQ(launch(with_slots({"--supervise"}), {"--exit", "7"}).exit_status, 7);
  expect_released("remove by slot");
  (void)run({runner(), "rm", "--host", "--reports"});
}

// What a plugin can't release, or never ends to, keeps neither its jail nor those behind it for ever.
TEST_F(RollbackCallTest, IsForgottenOnlyWhereThatIsAskedFor) {
  ASSERT_TRUE(launch(with_slots()).succeeded());
  write_file(place() + "/fail-in-release", "");
  const Outcome failed = rm({"jail"});
  EXPECT_EQ(failed.exit_status, 1) << failed.text();
  expect_mentions(failed.err, {"told to fail", "'jailrun rm --without-plugins " + jail() + "'"});
  EXPECT_TRUE(exists(jail() + "/ledger"));
  const Outcome forgotten = rm({"--without-plugins", "jail"});
  EXPECT_TRUE(forgotten.succeeded()) << forgotten.text();
  expect_mentions(forgotten.err, {"is left as it is: 'make' of stage slots"});
  EXPECT_EQ(list(base()), "");
}

TEST_F(RollbackCallTest, HasATimeLimitInRm) {
  ASSERT_TRUE(launch(with_slots()).succeeded());
  write_file(place() + "/block-in-release", "");
  const Outcome blocked = rm({"--release-timeout", "1", "jail"});
  EXPECT_EQ(blocked.exit_status, 1) << blocked.text();
  expect_mentions(blocked.err, {"has not ended after 1 s", "--without-plugins"});
  std::filesystem::remove(place() + "/block-in-release");
  EXPECT_TRUE(rm({"jail"}).succeeded());
  expect_released("remove by slot");
}

// Also what takes long for another reason, a tree of a tenant's with many files: the others go first.
TEST_F(RollbackCallTest, ThatTakesLongDoesNotHoldUpTheRemovalOfOtherJails) {
  ASSERT_TRUE(launch(with_slots()).succeeded());
  ASSERT_TRUE(launch({"--id", "behind"}).succeeded());
  write_file(place() + "/block-in-release", "");
  Child removing(managing({"rm", "--release-timeout", "60", "jail", "behind"}));
  for (int tries = 0; exists(jail("behind")) && tries < 2000; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_FALSE(exists(jail("behind"))) << "it waits for the one before it";
  EXPECT_TRUE(exists(jail() + "/ledger"));
  // What does it goes with it, and holds no lock.
  removing.send(SIGINT);
  EXPECT_EQ(removing.wait().signal, SIGINT);
  std::filesystem::remove(place() + "/block-in-release");
  const Outcome again = rm({"jail"});
  EXPECT_TRUE(again.succeeded()) << again.text();
}

TEST_F(RollbackCallTest, OfALaunchThatIsStoppedIsNotDoneBesideItAndItsPidIsSaid) {
  write_file(place() + "/stop-in-perform", "");
  Child stopped(command(with_slots()));
  while (exists("/proc/" + std::to_string(stopped.pid())) && stat_fields(stopped.pid()).at(3) != "T")
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::string who = "right now, by process " + std::to_string(stopped.pid());
  expect_mentions(rm({"jail"}).err, {who});
  expect_mentions(launch(with_slots({"--replace"})).err, {"alive: pid " + std::to_string(stopped.pid())});
  std::filesystem::remove(place() + "/stop-in-perform");
  stopped.send(SIGCONT);
  EXPECT_TRUE(stopped.wait().succeeded());
  EXPECT_TRUE(rm({"jail"}).succeeded());
}

class CrashedCallTest : public RollbackCallTest, public testing::WithParamInterface<const char*> {
 protected:
  // Killed in the call itself, on this side of its slot.
  void crash() {
    write_file(place() + "/" + GetParam(), "");
    EXPECT_EQ(launch(with_slots()).signal, SIGKILL);
    std::filesystem::remove(place() + "/" + GetParam());
    EXPECT_NE(list(place()), "");
  }
  std::string way() const { return std::string(GetParam()) == "die-before-slot" ? "token" : "slot"; }
};

TEST_P(CrashedCallTest, IsReleasedByRm) {
  crash();
  const Outcome outcome = rm({"jail"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  expect_released("remove by " + way());
}

TEST_P(CrashedCallTest, IsReleasedByTheNextLaunchWithReplace) {
  crash();
  const Outcome outcome = launch(with_slots({"--replace"}), {"--exit", "7"});
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  EXPECT_EQ(read_file(place() + "/released"), "recovery by " + way() + "\n");
  EXPECT_TRUE(rm({"jail"}).succeeded());
  EXPECT_EQ(list(place()), "released");
}

// None of its stages is a file, so that the runner has loaded nothing when it comes to the dead jail's.
TEST_P(CrashedCallTest, IsReleasedByALaunchWithoutThatStage) {
  crash();
  const Outcome outcome = launch({"--replace"}, {"--exit", "7"});
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  EXPECT_EQ(read_file(place() + "/released"), "recovery by " + way() + "\n");
  EXPECT_TRUE(rm({"jail"}).succeeded());
}

INSTANTIATE_TEST_SUITE_P(Killed, CrashedCallTest, testing::Values("die-before-slot", "die-after-slot"),
                         [](const auto& when) {
                           return std::string(when.param) == "die-before-slot" ? "BeforeItsSlot"
                                                                               : "AfterItsSlot";
                         });

// Killed when much else had been made after it.
TEST_F(RollbackCallTest, AfterACrashOfTheLaunchSomewhereElse) {
  const sweep::Fault fault = {{0, sweep::find_call(SYS_chroot), 1}, sweep::FaultKind::kKill};
  const sweep::TraceResult traced = sweep::run_traced(command(with_slots()).argv, fault);
  ASSERT_TRUE(traced.reached);
  EXPECT_EQ(traced.signal, SIGKILL);
  EXPECT_TRUE(rm({"--all-dead"}).succeeded());
  expect_released("remove by slot");
}

TEST_F(RollbackCallTest, RmSaysSoAndKeepsTheLedgerWhereThePluginIsGone) {
  const std::string copy = scratch("moved.so");
  std::filesystem::copy_file(test_plugin("slots"), copy);
  set_owner_and_mode(copy, 0, 0755);
  const std::string text = with_section_before(kTenStages, "devices", "[slots]\nplugin = " + copy + "\n");
  ASSERT_TRUE(
      launch({"--pipeline", written(scratch("slots.conf"), text), "--slots-directory", place()}).succeeded());
  std::filesystem::rename(copy, copy + ".away");
  const Outcome without = rm({"jail"});
  EXPECT_EQ(without.exit_status, 1) << without.text();
  EXPECT_NE(without.err.find(copy), std::string::npos) << without.text();
  EXPECT_TRUE(exists(jail() + "/ledger"));
  std::filesystem::rename(copy + ".away", copy);
  EXPECT_TRUE(rm({"jail"}).succeeded());
  expect_released("remove by slot");
}

}  // namespace
}  // namespace jailrun::integration
