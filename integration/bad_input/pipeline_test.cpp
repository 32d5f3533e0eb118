// SPDX-License-Identifier: Apache-2.0
// Pipeline files that can't be: one sentence with file and line, exit 1, and an unchanged host.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <ostream>
#include <random>

#include <sys/stat.h>

namespace jailrun::integration {
namespace {

struct BadPipeline {
  const char* name;
  std::string text;
  Strings named;
};

void PrintTo(const BadPipeline& one, std::ostream* stream) { *stream << one.name; }
std::string name_of(const testing::TestParamInfo<BadPipeline>& info) { return info.param.name; }

class PipelineTest : public JailTest {
 protected:
  void expect_refusal(const std::string& text, const Strings& named) {
    expect_mentions(refusal({"--pipeline", written(scratch("x.conf"), text)}), named);
  }
};

class BadPipelines : public PipelineTest, public testing::WithParamInterface<BadPipeline> {};

TEST_P(BadPipelines, AreRefusedWithFileAndLine) { expect_refusal(GetParam().text, GetParam().named); }

const std::string kNotFirst = kTenStages.substr(kTenStages.find('\n') + 1);  // without [validate-id]

const BadPipeline kLines[] = {
    {"UnknownStage", kTenStages + "[frobnicator]\n", {"x.conf:11", "'frobnicator'", "frobnicator.so"}},
    {"UnknownKey",
     with_setting(kTenStages, "numa", "colour = red\n"),
     {"x.conf:6", "numa", "'colour'", "it has node"}},
    {"UnknownRunnerKey", "[jailrun]\ncolour = red\n" + kTenStages, {"x.conf:2", "'colour'"}},
    {"NumberThatIsNone",
     with_setting(kTenStages, "drop-privs", "uid = 12x\n"),
     {"x.conf:10", "uid", "'12x'"}},
    {"FlagThatIsNone",
     with_setting(kTenStages, "daemonize", "daemonize = perhaps\n"),
     {"x.conf:9", "'perhaps'", "yes nor no"}},
    {"SingleKeyTwice",
     with_setting(kTenStages, "drop-privs", "uid = 1\nuid = 2\n"),
     {"x.conf:11", "uid", "twice"}},
    {"StageTwice", kTenStages + "[numa]\n", {"x.conf:11", "numa", "x.conf:5"}},
    {"SettingBeforeAnyStage", "id = x\n" + kTenStages, {"x.conf:1", "'id'", "[stage]"}},
    {"LineThatIsNothing", "[validate-id]\nfrobnicate\n", {"x.conf:2", "'frobnicate'", "key = value"}},
    {"HeaderNotClosed", kTenStages + "[motd\n", {"x.conf:11", "'[motd'", "is not a section header"}},
    {"ValueThatTheStageRefuses",
     with_setting(kTenStages, "exec", "arguments = some\n"),
     {"x.conf:11", "arguments", "'some'"}},
    {"NetnsThatIsMissing",
     with_setting(kTenStages, "netns", "netns = /nonexistent\n"),
     {"x.conf:8", "netns", "/nonexistent"}},
};
INSTANTIATE_TEST_SUITE_P(Line, BadPipelines, testing::ValuesIn(kLines), name_of);

const BadPipeline kOrders[] = {
    {"ProgramStartsFirst",
     "[exec]\n" + kTenStages.substr(0, kTenStages.find("[exec]")),
     {"x.conf:1", "exec", "must come after"}},
    {"CgroupBeforeTheClaim",
     "[cgroup-v1]\n[validate-id]\n[chroot-builder]\n[drop-privs]\n[exec]\n",
     {"x.conf:1", "cgroup-v1", "after validate-id"}},
    {"PrivilegeNeededAfterItIsGone",
     "[validate-id]\n[chroot-builder]\n[drop-privs]\n[netns]\n[exec]\n",
     {"x.conf:4", "netns", "before", "drop-privs"}},
    {"NothingNamesAProgram",
     kTenStages.substr(0, kTenStages.find("[exec]")),
     {"x.conf:1", "jail.name", "no stage provides"}},
    {"NothingGivesAnId", kNotFirst, {"x.conf:2", "chroot-builder", "jail.directory", "no stage provides"}},
};
INSTANTIATE_TEST_SUITE_P(Order, BadPipelines, testing::ValuesIn(kOrders), name_of);

class BadPipelineFile : public PipelineTest {};

TEST_F(BadPipelineFile, ThatIsEmptyNamesNoStage) { expect_refusal("", {"x.conf", "names no stages"}); }

TEST_F(BadPipelineFile, ThatHoldsOnlyCommentsNamesNoStage) {
  expect_refusal("# words\n\n; words\n", {"x.conf", "names no stages"});
}

TEST_F(BadPipelineFile, ThatIsBinaryIsToldByItsFirstLine) {
  std::mt19937 random(20240229);  // always the same bytes
  std::string bytes(100000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  bytes.front() = '\0';
  expect_refusal(bytes, {"x.conf:1", "is not text"});
}

TEST_F(BadPipelineFile, ThatBecomesBinaryIsToldByThatLine) {
  expect_refusal(kTenStages + std::string("\x7f\x45\x4c\x46\0\x01", 6) + "\n", {"x.conf:11", "is not text"});
}

// The runner itself: nothing that a hand would write.
TEST_F(BadPipelineFile, ThatIsAProgramIsRefused) {
  const std::string sentence = refusal({"--pipeline", runner()});
  EXPECT_NE(sentence.find(runner()), std::string::npos) << sentence;
}

TEST_F(BadPipelineFile, OfTenMegabytesIsRefusedUnread) {
  std::string text = kTenStages;
  while (text.size() < 10U * 1024 * 1024)
    text += "# a comment, like thousands of others, that nobody will ever read\n";
  const std::string path = written(scratch("x.conf"), text);
  Command wanted = command({"--pipeline", path});
  // Not in the child itself, which would need memory for the exec.
  const Strings less_memory_than_the_file = {"prlimit", "--data=8388608"};
  wanted.argv.insert(wanted.argv.begin(), less_memory_than_the_file.begin(), less_memory_than_the_file.end());
  const std::string sentence = refusal(wanted);
  EXPECT_NE(sentence.find(path), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("1 MiB"), std::string::npos) << sentence;
}

TEST_F(BadPipelineFile, ThatIsADirectoryIsNamed) {
  const std::string sentence = refusal({"--pipeline", base()});
  EXPECT_NE(sentence.find(base() + " is not a regular file"), std::string::npos) << sentence;
}

TEST_F(BadPipelineFile, ThatIsAFifoIsRefusedAtOnce) {
  const std::string path = scratch("fifo");
  ASSERT_EQ(mkfifo(path.c_str(), 0644), 0);
  const std::string sentence = refusal({"--pipeline", path});
  EXPECT_NE(sentence.find(path + " is not a regular file"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace jailrun::integration
