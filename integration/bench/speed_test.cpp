// SPDX-License-Identifier: Apache-2.0
// What a launch costs, in figures that do not depend on the machine's speed.
#include "integration/support/jail_test.hpp"
#include "integration/support/trace.hpp"

#include <sys/stat.h>

namespace jailrun::integration {
namespace {

using SpeedTest = JailTest;

TEST_F(SpeedTest, ADefaultLaunchMakesFewerThan250SystemCalls) {
  // Not the host's first: that makes the template namespace, by a child for each CPU that it has to try.
  ASSERT_TRUE(launch_and_remove({}).succeeded());
  ASSERT_TRUE(run(traced(command({}), scratch("trace"))).succeeded());
  const size_t calls = until_exec(read_trace(scratch("trace"))).size();
  remove_jail();
  EXPECT_LT(calls, 250U);
  EXPECT_GT(calls, 50U) << "the trace has not seen the launch";
  RecordProperty("system-calls", static_cast<int>(calls));
}

TEST_F(SpeedTest, ADefaultLaunchNeedsAtMost6MebibytesAtItsPeak) {
  // From a program smaller than that: the peak of a child begins with what its parent had when it forked.
  Command launch_command = command({}, {"--report", "/report"});
  launch_command.argv.insert(launch_command.argv.begin(), test_file("peak"));
  const Outcome outcome = run(launch_command);
  ASSERT_TRUE(outcome.succeeded()) << outcome.text();
  remove_jail();
  const int kibibytes = std::stoi(outcome.out);
  EXPECT_LE(kibibytes, 6 * 1024);
  EXPECT_GT(kibibytes, 500) << "the runner was not measured";
  RecordProperty("peak-KiB", kibibytes);
}

}  // namespace
}  // namespace jailrun::integration
