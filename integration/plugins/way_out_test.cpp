// SPDX-License-Identifier: Apache-2.0
// A plugin's ways out of the process: exit() is not a success, and whoever crashed is named.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <filesystem>
#include <string>

#include <signal.h>
#include <sys/stat.h>

namespace jailrun::integration {
namespace {

class WayOutTest : public JailTest {
 protected:
  Strings with_deed(const std::string& deed, const std::string& during, const Strings& more = {}) const {
    const std::string text = with_section_before(kTenStages, "drop-privs", section("unruly", "unruly"));
    Strings words = {"--pipeline", written(scratch("x.conf"), text), "--deed", deed, "--during", during};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

class WayOutOfACallTest : public WayOutTest, public testing::WithParamInterface<const char*> {};

TEST_P(WayOutOfACallTest, AnExitInPlaceIsRolledBack) {
  expect_mentions(refusal(with_deed("exit", GetParam())), {"stage unruly", "called exit()"});
}
TEST_P(WayOutOfACallTest, AnExitWithoutHooksIsRolledBackToo) {
  expect_mentions(refusal(with_deed("_exit", GetParam())), {"stage unruly", "called exit()"});
  expect_mentions(refusal(with_deed("_exit", GetParam(), {"--daemonize"})),
                  {"stage unruly", "called exit()"});
}
TEST_P(WayOutOfACallTest, AnExitInTheBackgroundIsRolledBack) {
  expect_mentions(refusal(with_deed("exit", GetParam(), {"--daemonize"})), {"stage unruly", "called exit()"});
}
TEST_P(WayOutOfACallTest, AnExitUnderSupervisionIsRolledBack) {
  expect_mentions(refusal(with_deed("exit", GetParam(), {"--supervise"})), {"stage unruly", "called exit()"});
}
TEST_P(WayOutOfACallTest, ACrashNamesTheStage) {
  const Outcome outcome = launch(with_deed("crash", GetParam()));
  EXPECT_EQ(outcome.signal, SIGSEGV) << outcome.text();
  expect_mentions(outcome.err, {"stage unruly", "crashed by signal 11"});
  (void)run({runner(), "rm", "--chroot-base-dir", base(), "jail"});
}

INSTANTIATE_TEST_SUITE_P(During, WayOutOfACallTest, testing::Values("configure", "plan", "perform", "enter"));

TEST_F(WayOutTest, ACrashInTheBackgroundIsRolledBack) {
  expect_mentions(refusal(with_deed("crash", "enter", {"--daemonize"})), {"stage unruly", "crashed"});
}

TEST_F(WayOutTest, APlanThatAStageExitsFromIsNone) {
  Strings words = with_deed("exit", "plan");
  words.insert(words.begin(), "plan");
  EXPECT_EQ(launch(words).exit_status, 1);
}

// By then the credentials are gone, and another thread rolls back.
TEST_F(WayOutTest, AReleaseAfterAFailedExecHasAStackOfTheUsualSize) {
  const std::string broken = written(scratch("broken"), "#!/absent\n");
  std::filesystem::permissions(broken, std::filesystem::perms(0755));
  const Strings words = with_deed("deep-stack", "perform", {"--exec-file", broken});
  const Outcome outcome = launch(words);
  EXPECT_EQ(outcome.exit_status, 1) << outcome.text();
  expect_mentions(outcome.err, {"exec"});
  EXPECT_EQ(list(base()), "");
}

// The root is the program's by then, and so is the path /proc in it.
TEST_F(WayOutTest, TheStrictRunSeesWhatIsChangedInTheJailsRoot) {
  expect_mentions(refusal(with_deed("umask", "enter", {"--strict"})), {"stage unruly", "the umask"});
}

TEST_F(WayOutTest, TheStrictRunOpensNothingInTheJailsRoot) {
  const std::string proc = prefill() + "/proc";
  ASSERT_EQ(mkdir(proc.c_str(), 0755), 0);
  ASSERT_EQ(mkdir((proc + "/self").c_str(), 0755), 0);
  ASSERT_EQ(mkfifo((proc + "/self/status").c_str(), 0644), 0);
  expect_mentions(refusal(with_deed("umask", "enter", {"--strict"})), {"stage unruly", "the umask"});
  remove_prefilled();
}

}  // namespace
}  // namespace jailrun::integration
