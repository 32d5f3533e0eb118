// SPDX-License-Identifier: Apache-2.0
// Descriptors: the program gets 0, 1 and 2, and what it was meant to have.
#include "integration/jailer/client.hpp"
#include "integration/support/jail_test.hpp"

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using CloseFdsTest = JailTest;

// Opens these descriptors, to be inherited by the runner.
auto opening(const std::vector<int>& fds) {
  return [fds] {
    const int zero = open("/dev/zero", O_RDONLY);
    for (const int fd : fds) dup2(zero, fd);
    if (std::find(fds.begin(), fds.end(), zero) == fds.end()) close(zero);
  };
}

std::string numbers(const std::map<int, std::string>& open) {
  std::string text;
  for (const auto& [fd, target] : open) text.append(text.empty() ? "" : " ").append(std::to_string(fd));
  return text;
}

TEST_F(CloseFdsTest, InheritedDescriptorsAreClosed) {
  const Jailed jailed = start({}, {}, opening({3, 5, 9, 700}));
  EXPECT_EQ(numbers(descriptors(jailed.pid())), "0 1 2");
}

TEST_F(CloseFdsTest, TheProgramSeesNoOtherDescriptorItself) {
  const Jailed jailed = start({}, {}, opening({3, 5, 9, 700}));
  EXPECT_EQ(jailed.report_all("fd").size(), 3U);
}

TEST_F(CloseFdsTest, AKeptDescriptorReachesTheProgram) {
  const Jailed jailed = start({"--keep", "9"}, {}, opening({3, 5, 9, 700}));
  EXPECT_EQ(numbers(descriptors(jailed.pid())), "0 1 2 9");
  EXPECT_EQ(descriptors(jailed.pid())[9], "/dev/zero");
}

TEST_F(CloseFdsTest, SeveralDescriptorsCanBeKept) {
  const Jailed jailed = start({"--keep", "5", "--keep", "700"}, {}, opening({3, 5, 9, 700}));
  EXPECT_EQ(numbers(descriptors(jailed.pid())), "0 1 2 5 700");
}

TEST_F(CloseFdsTest, ADescriptorThatIsKeptButWasNotInheritedIsRefused) {
  EXPECT_NE(refusal({"--keep", "77"}).find("77"), std::string::npos);
}

TEST_F(CloseFdsTest, ADaemonGetsNoInheritedDescriptorEither) {
  const Jailed jailed = start_daemon({}, {}, opening({3, 5, 9, 700}));
  // The launch returns at the exec: the program may still have its own report open.
  EXPECT_TRUE(becomes_true([&] { return numbers(descriptors(jailed.pid())) == "0 1 2"; }));
}

TEST_F(CloseFdsTest, WithoutTheStageNothingOfTheRunnersOwnReachesTheProgram) {
  const Jailed jailed = start({"--pipeline", pipeline_without({"close-fds"})});
  EXPECT_EQ(numbers(descriptors(jailed.pid())), "0 1 2");
}

// What the runner opens would take the numbers 0 to 2: the program would read a plugin as its input, and the
// runner would write its complaints into a ledger.
TEST_F(CloseFdsTest, AStandardStreamThatTheCallerClosedIsTheNullDevice) {
  const Outcome outcome = [&] {
    Command wanted = command({}, {"--report", "/report"});
    wanted.in_child = [] {
      for (const int fd : {0, 1, 2}) close(fd);
    };
    return run(wanted);
  }();
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(reported(read_file(root() + "/report"), "fd"),
            (Strings{"0 read-write 1:3", "1 read-write 1:3", "2 read-write 1:3"}));
  remove_jail();
}

}  // namespace
}  // namespace jailrun::integration
