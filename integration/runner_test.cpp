// The launch as a whole, seen from the caller.
#include "integration/support/jail_test.hpp"

namespace jailrun::integration {
namespace {

using RunnerTest = JailTest;

TEST_F(RunnerTest, TheProgramsExitStatusIsTheCallers) {
  const Outcome outcome = launch_and_remove({}, {"--exit", "42"});
  EXPECT_EQ(outcome.exit_status, 42) << outcome.text();
}

TEST_F(RunnerTest, APidStaysThatOfTheCallersChild) {
  Jailed jailed = start({});
  EXPECT_EQ(jailed.report("pid"), std::to_string(jailed.pid()));
}

TEST_F(RunnerTest, ADaemonReports) {
  Jailed jailed = start_daemon({});
  EXPECT_EQ(jailed.report("pid"), std::to_string(jailed.pid()));
}

}  // namespace
}  // namespace jailrun::integration
