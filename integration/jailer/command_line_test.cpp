// SPDX-License-Identifier: Apache-2.0
// The jailer's command line: what is wrong with it is one sentence, exit 1 and an unchanged host.
#include "integration/jailer/client.hpp"

#include <ostream>

#include <sys/stat.h>

namespace jailrun::integration {
namespace {

struct BadOption {
  const char* name;
  Strings options;
  Strings named;  // what the sentence must say
};
void PrintTo(const BadOption& one, std::ostream* stream) { *stream << one.name; }

class JailersOption : public JailerTest, public testing::WithParamInterface<BadOption> {
 protected:
  // On the host, for options that name something there.
  void SetUp() override {
    JailerTest::SetUp();
    write_file(scratch("file"), "");
    ASSERT_EQ(mkfifo(scratch("fifo").c_str(), 0777), 0);
    std::filesystem::create_directory(scratch("directory"));
  }
  std::string own(std::string word) const {
    return word.rfind("SCRATCH/", 0) == 0 ? scratch(word.substr(8)) : word;
  }
};

TEST_P(JailersOption, IsRefusedInOneSentence) {
  Strings options;
  for (const std::string& word : GetParam().options) options.push_back(own(word));
  const std::string sentence = refusal(as_jailer(options));
  Strings named;
  for (const std::string& part : GetParam().named) named.push_back(own(part));
  expect_mentions(sentence, named);
}

std::string name_of(const testing::TestParamInfo<BadOption>& info) { return info.param.name; }

const BadOption kWords[] = {
    {"Unknown", {"--frobnicate"}, {"--frobnicate"}},
    {"UnknownWithValue", {"--frobnicate", "1"}, {"--frobnicate"}},
    {"WithoutValueAtTheEnd", {"--netns"}, {"--netns"}},
    {"WithoutValueBeforeAnother", {"--netns", "--daemonize"}, {"--netns", "--daemonize"}},
    {"IdTwice", {"--id", "a", "--id", "b"}, {"--id", "more than once"}},
    {"UidTwice", {"--uid", "1", "--uid", "1"}, {"--uid", "more than once"}},
    {"GidTwice", {"--gid", "1", "--gid", "2"}, {"--gid", "more than once"}},
    {"ExecFileTwice", {"--exec-file", "/a", "--exec-file", "/a"}, {"--exec-file", "more than once"}},
    {"BaseTwice",
     {"--chroot-base-dir", "/a", "--chroot-base-dir", "/a"},
     {"--chroot-base-dir", "more than once"}},
    {"NetnsTwice", {"--netns", "/a", "--netns", "/a"}, {"--netns", "more than once"}},
    {"DaemonizeTwice", {"--daemonize", "--daemonize"}, {"--daemonize", "more than once"}},
    {"NewPidNsTwice", {"--new-pid-ns", "--new-pid-ns"}, {"--new-pid-ns", "more than once"}},
    {"ParentCgroupTwice",
     {"--parent-cgroup", "a", "--parent-cgroup", "a"},
     {"--parent-cgroup", "more than once"}},
    {"CgroupVersionTwice",
     {"--cgroup-version", "1", "--cgroup-version", "1"},
     {"--cgroup-version", "more than once"}},
    {"FlagWithValue", {"--daemonize=yes"}, {"--daemonize"}},
    {"NodeIsWord", {"--node", "first"}, {"--node", "'first'"}},
};
INSTANTIATE_TEST_SUITE_P(Word, JailersOption, testing::ValuesIn(kWords), name_of);

const BadOption kIds[] = {
    {"IdEmpty", {"--id", ""}, {"--id", "empty"}},
    {"IdOf65", {"--id", std::string(65, 'a')}, {"--id", "longer than 64"}},
    {"IdWithUnderscore", {"--id", "a_b"}, {"--id", "'a_b'", "ASCII"}},
    {"IdWithSlash", {"--id", "a/b"}, {"--id", "'a/b'", "ASCII"}},
    {"IdWithDots", {"--id", ".."}, {"--id", "'..'", "ASCII"}},
    {"IdWithBlank", {"--id", "a "}, {"--id", "'a '", "ASCII"}},
    // Letters and digits to Unicode, and to the jailer; two of them can look like one on a screen.
    {"IdWithLatinLetter", {"--id", "caf\u00e9"}, {"--id", "caf\u00e9", "ASCII"}},
    {"IdWithCyrillicLetter", {"--id", "vm-\u0430"}, {"--id", "ASCII"}},
    {"IdWithArabicDigit", {"--id", "vm-\u0661"}, {"--id", "ASCII"}},
    {"UidTooLarge", {"--uid", "4294967295"}, {"--uid", "0 to 4294967294"}},
    {"UidNegative", {"--uid", "-1"}, {"--uid", "0 to 4294967294"}},
    {"UidIsNobodys", {"--uid", "no-such-user"}, {"--uid", "'no-such-user'", "/etc/passwd"}},
    {"UidIsHexadecimal", {"--uid", "0x1"}, {"--uid", "'0x1'"}},
    {"GidTooLarge", {"--gid", "4294967295"}, {"--gid", "0 to 4294967294"}},
    {"GidEmpty", {"--gid", ""}, {"--gid", "0 to 4294967294"}},
};
INSTANTIATE_TEST_SUITE_P(Name, JailersOption, testing::ValuesIn(kIds), name_of);

const BadOption kFiles[] = {
    {"ExecFileMissing", {"--exec-file", "SCRATCH/none"}, {"--exec-file", "SCRATCH/none", "No such file"}},
    {"ExecFileIsDirectory", {"--exec-file", "SCRATCH/directory"}, {"--exec-file", "is not a regular file"}},
    {"ExecFileIsFifo", {"--exec-file", "SCRATCH/fifo"}, {"--exec-file", "is not a regular file"}},
    {"ExecFileIsDevice", {"--exec-file", "/dev/null"}, {"--exec-file", "is not a regular file"}},
    {"BaseMissing", {"--chroot-base-dir", "SCRATCH/none"}, {"--chroot-base-dir", "does not exist"}},
    {"BaseIsFile", {"--chroot-base-dir", "SCRATCH/file"}, {"--chroot-base-dir", "is not a directory"}},
    // The jailer looks at these two only once the jail is built.
    {"NetnsMissing", {"--netns", "SCRATCH/none"}, {"--netns", "SCRATCH/none", "No such file"}},
    {"NetnsIsFile", {"--netns", "SCRATCH/file"}, {"--netns", "is not a network namespace"}},
};
INSTANTIATE_TEST_SUITE_P(File, JailersOption, testing::ValuesIn(kFiles), name_of);

const BadOption kValues[] = {
    {"ParentCgroupAbsolute", {"--parent-cgroup", "/vms"}, {"--parent-cgroup", "'/vms'", "relative"}},
    {"ParentCgroupUpwards", {"--parent-cgroup", "a/../b"}, {"--parent-cgroup", "'a/../b'"}},
    {"ParentCgroupWithDot", {"--parent-cgroup", "./a"}, {"--parent-cgroup", "'./a'"}},
    {"CgroupWithoutEquals", {"--cgroup", "cpu.shares"}, {"--cgroup", "'cpu.shares'", "FILE=VALUE"}},
    {"CgroupWithoutFile", {"--cgroup", "=1"}, {"--cgroup", "'=1'", "FILE=VALUE"}},
    {"CgroupElsewhere", {"--cgroup", "../cpu.shares=1"}, {"'../cpu.shares'"}},
    {"CgroupVersion0", {"--cgroup-version", "0"}, {"--cgroup-version", "1 to 2"}},
    {"CgroupVersion3", {"--cgroup-version", "3"}, {"--cgroup-version", "1 to 2"}},
    {"LimitWithoutEquals", {"--resource-limit", "fsize"}, {"--resource-limit", "'fsize'", "NAME=VALUE"}},
    {"LimitUnknown", {"--resource-limit", "nofile=1"}, {"--resource-limit", "'nofile'", "no-file"}},
    {"LimitNegative", {"--resource-limit", "fsize=-1"}, {"--resource-limit", "'-1'"}},
    {"LimitWithUnit", {"--resource-limit", "fsize=1k"}, {"--resource-limit", "'1k'"}},
    {"LimitEmpty", {"--resource-limit", "no-file="}, {"--resource-limit", "''"}},
};
INSTANTIATE_TEST_SUITE_P(Value, JailersOption, testing::ValuesIn(kValues), name_of);

class JailersCommandLine : public JailerTest {};

TEST_F(JailersCommandLine, IsRefusedWithoutAnyOfTheFourThatAreNeeded) {
  for (const std::string option : {"--id", "--exec-file", "--uid", "--gid"}) {
    Command shorter = as_jailer({});
    const auto word = std::find(shorter.argv.begin(), shorter.argv.end(), option);
    shorter.argv.erase(word, word + 2);
    const std::string sentence = refusal(shorter);
    EXPECT_NE(sentence.find(option), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("required"), std::string::npos) << sentence;
  }
}

TEST_F(JailersCommandLine, IsHelpOrVersionBeforeItIsAnError) {
  const Strings faults[] = {{}, {"--frobnicate"}, {"--id", "a/b"}, {"--uid"}, {"--id", "a", "--id", "b"}};
  for (const Strings& fault : faults)
    for (const std::string wanted : {"--help", "-h", "--version"}) {
      Strings words = fault;
      words.push_back(wanted);
      const HostSnapshot before = snapshot();
      const Outcome outcome = run(jailer(words));
      EXPECT_EQ(outcome.exit_status, 0) << wanted << ": " << outcome.text();
      EXPECT_EQ(outcome.err, "");
      const bool is_version = wanted == "--version";
      EXPECT_NE(outcome.out.find(is_version ? "jailrun " : "--exec-file"), std::string::npos)
          << outcome.text();
      EXPECT_EQ(changes(before), "");
    }
}

TEST_F(JailersCommandLine, EndsAtTheDashesAndTheRestIsTheProgramsUntouched) {
  const Strings given = {"--help", "--version", "-h", "--", "--id", "x", "", "two words"};
  const Jailed jailed = start_as_jailer({}, given);
  const Strings all = jailed.report_all("argument");
  ASSERT_EQ(all.size(), 9 + given.size() + 1);
  EXPECT_EQ(Strings(all.begin() + 9, all.end() - 1), given);
}

TEST_F(JailersCommandLine, TakesAValueAfterAnEqualsSignToo) {
  const Jailed jailed = start_as_jailer({"--uid=77"});
  EXPECT_EQ(jailed.report("uid"), "77 77 77");
}

TEST_F(JailersCommandLine, TakesAnIdOf64Characters) {
  const std::string id = "A-9" + std::string(61, 'z');
  const Outcome outcome = run(as_jailer({"--id", id}));
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_EQ(reported(outcome.out, "argument").at(2), id);
  remove_jail(id);
}

TEST_F(JailersCommandLine, TakesTheLargestUidAndGid) {
  const Jailed jailed = start_as_jailer({"--uid", "4294967294", "--gid", "4294967294"});
  EXPECT_EQ(jailed.report("uid"), "4294967294 4294967294 4294967294");
  EXPECT_EQ(jailed.report("gid"), "4294967294 4294967294 4294967294");
}

TEST_F(JailersCommandLine, TakesTheLastOfALimit) {
  const Jailed jailed = start_as_jailer({"--resource-limit", "no-file=100", "--resource-limit", "fsize=65536",
                                         "--resource-limit", "no-file=200"});
  const Strings limits = jailed.report_all("limit");
  EXPECT_NE(std::find(limits.begin(), limits.end(), "no-file 200 200"), limits.end());
  EXPECT_NE(std::find(limits.begin(), limits.end(), "fsize 65536 65536"), limits.end());
}

}  // namespace
}  // namespace jailrun::integration
