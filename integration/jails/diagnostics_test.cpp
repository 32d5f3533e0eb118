// SPDX-License-Identifier: Apache-2.0
// What a launch says, and where: timings and the log.
#include "integration/support/jail_test.hpp"

#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include <sstream>

namespace jailrun::integration {
namespace {

using TimingsTest = JailTest;
using LogTest = JailTest;

const char* const kStages[] = {"validate-id", "close-fds", "chroot-builder", "cgroup-v1",  "numa",
                               "devices",     "netns",     "daemonize",      "drop-privs", "exec"};

// The row that begins with this word: three numbers follow it.
testing::AssertionResult has_row(const std::string& table, const std::string& stage) {
  for (const std::string& line : split_lines(table)) {
    std::istringstream words(line);
    std::string name;
    unsigned long long configure = 0;
    unsigned long long plan = 0;
    unsigned long long perform = 0;
    if (words >> name && name == stage && words >> configure >> plan >> perform)
      return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "no row for " << stage << " in\n" << table;
}

TEST_F(TimingsTest, EachStageHasARow) {
  const Outcome outcome = launch_and_remove({"--timings"}, {"--report", "/report"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  for (const char* stage : kStages) EXPECT_TRUE(has_row(outcome.err, stage));
}

TEST_F(TimingsTest, ADaemonsStagesHaveRowsToo) {
  const Outcome outcome = launch({"--timings", "--daemonize"}, {"--report", "/report"});
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  for (const char* stage : kStages) EXPECT_TRUE(has_row(outcome.err, stage));
  end_orphans();
  remove_jail();
}

TEST_F(TimingsTest, TheyAreNotOnStdout) {
  EXPECT_EQ(launch_and_remove({"--timings"}, {"--report", "/report"}).out, "");
}

TEST_F(TimingsTest, NothingIsPrintedWhereNotAsked) {
  EXPECT_EQ(launch_and_remove({}, {"--report", "/report"}).err, "");
}

boost::property_tree::ptree parsed(const std::string& line) {
  boost::property_tree::ptree tree;
  std::istringstream stream(line);
  boost::property_tree::read_json(stream, tree);
  return tree;
}

TEST_F(LogTest, NothingOfOursIsOnStdoutAtAnyLevel) {
  for (const char* level : {"debug", "info", "warning", "error"})
    EXPECT_EQ(launch_and_remove({"--log-level", level}, {"--report", "/report"}).out, "") << level;
}

TEST_F(LogTest, AnErrorIsASentenceOnStderr) {
  const std::string sentence = refusal({"--exec-file", broken_program()});
  EXPECT_EQ(sentence.rfind("jailrun: ", 0), 0U);
}

TEST_F(LogTest, JsonIsOneObjectALineWithTheSentenceInIt) {
  const Outcome outcome = launch({"--log-format", "json", "--exec-file", broken_program()});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.out, "");
  ASSERT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
  const auto line = parsed(outcome.err_lines()[0]);
  EXPECT_EQ(line.get<std::string>("level"), "error");
  EXPECT_NE(line.get<std::string>("message").find("exec /broken"), std::string::npos);
  EXPECT_GT(line.get<int>("pid"), 0);
  EXPECT_NE(line.get<std::string>("time").find('T'), std::string::npos);
}

TEST_F(LogTest, JsonHoldsAnyBytesOfTheCallers) {
  const Outcome outcome = launch({"--log-format", "json", "--id", "\"\\\n\x01\xff{"});
  EXPECT_EQ(outcome.exit_status, 1);
  ASSERT_EQ(outcome.err_lines().size(), 1U) << outcome.text();
  EXPECT_NE(parsed(outcome.err_lines()[0]).get<std::string>("message").find("\"\\\n\x01"), std::string::npos)
      << outcome.err;
}

TEST_F(LogTest, ALogFileTakesTheErrors) {
  const Outcome outcome = launch({"--log-file", scratch("log"), "--exec-file", broken_program()});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(read_file(scratch("log")).find("exec /broken"), std::string::npos);
}

TEST_F(LogTest, ALogFileIsAppendedTo) {
  write_file(scratch("log"), "earlier\n");
  launch({"--log-file", scratch("log"), "--exec-file", broken_program()});
  launch({"--log-file", scratch("log"), "--exec-file", broken_program()});
  const Strings lines = split_lines(read_file(scratch("log")));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "earlier");
}

TEST_F(LogTest, ALogFileAndJsonGoTogether) {
  launch({"--log-file", scratch("log"), "--log-format", "json", "--exec-file", broken_program()});
  const Strings lines = split_lines(read_file(scratch("log")));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(parsed(lines[0]).get<std::string>("level"), "error");
}

}  // namespace
}  // namespace jailrun::integration
