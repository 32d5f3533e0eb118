// SPDX-License-Identifier: Apache-2.0
// What is wrong on the command line: one sentence that names it, exit 1, and an unchanged host.
#include "integration/support/jail_test.hpp"

#include <ostream>

namespace jailrun::integration {
namespace {

struct BadOption {
  const char* name;
  Strings options;
  Strings named;  // what the sentence must say
};

void PrintTo(const BadOption& one, std::ostream* stream) { *stream << one.name; }
std::string name_of(const testing::TestParamInfo<BadOption>& info) { return info.param.name; }

class BadOptions : public JailTest, public testing::WithParamInterface<BadOption> {};

TEST_P(BadOptions, AreRefusedInOneSentence) {
  expect_mentions(refusal(GetParam().options), GetParam().named);
}

const std::string kLongestIdAndOneMore(65, 'a');

const BadOption kIds[] = {
    {"Empty", {"--id", ""}, {"--id", "empty", "1 to 64"}},
    {"Of65Characters", {"--id", kLongestIdAndOneMore}, {"--id", kLongestIdAndOneMore, "64"}},
    {"WithSlash", {"--id", "a/b"}, {"--id", "'a/b'", "letters, digits and hyphens"}},
    {"WithDot", {"--id", "a.b"}, {"--id", "'a.b'", "letters, digits and hyphens"}},
    {"ParentDirectory", {"--id", ".."}, {"--id", "'..'", "letters, digits and hyphens"}},
    {"WithLetterBeyondAscii", {"--id", "j\u00e4il"}, {"--id", "j\u00e4il", "ASCII letters"}},
    {"WithBlank", {"--id", "a b"}, {"--id", "'a b'", "letters, digits and hyphens"}},
    // What is quoted must not look like a second line of the log, nor command the terminal.
    {"WithNewline", {"--id", "a\nb"}, {"--id", "letters, digits and hyphens"}},
};
INSTANTIATE_TEST_SUITE_P(Id, BadOptions, testing::ValuesIn(kIds), name_of);

const BadOption kUsers[] = {
    {"UidIsNobodysName", {"--uid", "nobody-at-all"}, {"--uid", "'nobody-at-all'", "/etc/passwd"}},
    {"UidIsEmpty", {"--uid", ""}, {"--uid", "0 to 4294967294"}},
    {"UidIsNegative", {"--uid", "-1"}, {"--uid", "'-1'", "0 to 4294967294"}},
    // 2^32 - 1 is "no change" to the kernel: the program would stay root.
    {"UidMeansNoChange", {"--uid", "4294967295"}, {"--uid", "'4294967295'", "0 to 4294967294"}},
    {"UidIsRootModulo32Bits", {"--uid", "4294967296"}, {"--uid", "'4294967296'", "0 to 4294967294"}},
    {"UidExceeds64Bits",
     {"--uid", "18446744073709551616"},
     {"--uid", "'18446744073709551616'", "0 to 4294967294"}},
    {"UidIsHexadecimal", {"--uid", "0x4d2"}, {"--uid", "'0x4d2'", "0 to 4294967294"}},
    {"UidHasSign", {"--uid", "+1"}, {"--uid", "'+1'", "0 to 4294967294"}},
    {"UidHasBlank", {"--uid", "1 "}, {"--uid", "'1 '", "0 to 4294967294"}},
    {"GidIsNobodys", {"--gid", "no-such-group"}, {"--gid", "'no-such-group'", "/etc/group"}},
    {"GidIsNegative", {"--gid", "-1"}, {"--gid", "'-1'", "0 to 4294967294"}},
    {"GidMeansNoChange", {"--gid", "4294967295"}, {"--gid", "'4294967295'", "0 to 4294967294"}},
};
INSTANTIATE_TEST_SUITE_P(User, BadOptions, testing::ValuesIn(kUsers), name_of);

const BadOption kHostObjects[] = {
    {"UnknownController", {"--cgroup", "frobnication.max=1"}, {"'frobnication'", "frobnication.max"}},
    {"MountOptionAsController", {"--cgroup", "rw.max=1"}, {"'rw'", "rw.max"}},
    {"CgroupWithoutValue", {"--cgroup", "pids.max"}, {"--cgroup", "'pids.max'", "FILE=VALUE"}},
    {"CgroupWithoutController", {"--cgroup", "max=1"}, {"'max'", "cpuset.cpus"}},
    {"CgroupFileElsewhere", {"--cgroup", "../pids.max=1"}, {"'../pids.max'"}},
    {"ParentCgroupElsewhere",
     {"--parent-cgroup", "../elsewhere"},
     {"--parent-cgroup", "'../elsewhere'", "relative"}},
    {"NodeThatIsNotThere", {"--node", "1023"}, {"--node", "node 1023", "this host", "0"}},
    {"NodeBeyondAnyKernels", {"--node", "1024"}, {"--node", "'1024'", "0 to 1023"}},
    {"NodeIsNegative", {"--node", "-1"}, {"--node", "'-1'", "0 to 1023"}},
    {"NodeIsWord", {"--node", "first"}, {"--node", "'first'", "0 to 1023"}},
    {"DeviceThatIsNotThere", {"--device", "/dev/frobnicator"}, {"--device", "/dev/frobnicator"}},
    {"DeviceIsDirectory", {"--device", "/dev"}, {"--device", "/dev is not a device"}},
};
INSTANTIATE_TEST_SUITE_P(Host, BadOptions, testing::ValuesIn(kHostObjects), name_of);

const BadOption kWords[] = {
    {"SingleOptionTwice", {"--uid", "1", "--uid", "2"}, {"--uid", "more than once"}},
    {"SingleOptionTwiceAlike", {"--id", "a", "--id", "a"}, {"--id", "more than once"}},
    {"UnknownOption", {"--frobnicate"}, {"--frobnicate", "--help"}},
    // An abbreviation that works today would be ambiguous once a stage is added.
    {"Abbreviation", {"--daemon"}, {"--daemon", "--help"}},
    {"FlagWithValue", {"--daemonize=yes"}, {"--daemonize", "--help"}},
    {"OptionWithoutValue", {"--netns"}, {"--netns", "--help"}},
    {"UnknownLogLevel", {"--log-level", "loud"}, {"--log-level", "'loud'", "warning"}},
    {"UnknownLogFormat", {"--log-format", "xml"}, {"--log-format", "'xml'", "json"}},
    {"UnknownPipeline",
     {"--pipeline", "frobnicate.conf"},
     {"--pipeline", "frobnicate.conf", "./frobnicate.conf"}},
    {"MissingPipelineFile", {"--pipeline", "/nonexistent/x.conf"}, {"/nonexistent/x.conf", "No such file"}},
};
INSTANTIATE_TEST_SUITE_P(CommandLine, BadOptions, testing::ValuesIn(kWords), name_of);

class BadInput : public JailTest {
 protected:
  void expect_refusal(const Command& command, const Strings& named) {
    expect_mentions(refusal(command), named);
  }

  // The command without one of its options.
  Command without(const std::string& option) const {
    Command shorter = command({});
    for (auto word = shorter.argv.begin(); word != shorter.argv.end(); ++word) {
      if (*word != option) continue;
      shorter.argv.erase(word, word + 2);
      return shorter;
    }
    throw std::runtime_error("the command has no " + option);
  }
};

TEST_F(BadInput, EachRequiredOptionThatIsMissingIsNamed) {
  for (const std::string option : {"--id", "--exec-file", "--uid", "--gid"}) {
    SCOPED_TRACE(option);
    expect_refusal(without(option), {option, "required"});
  }
}

TEST_F(BadInput, AWordThatIsNoOptionIsNamedWithWhereArgumentsBelong) {
  Command wrong = command({});
  wrong.argv.insert(wrong.argv.end() - 1, "argument");  // before the dashes
  expect_refusal(wrong, {"'argument'", "--"});
}

TEST_F(BadInput, AFirstWordThatIsNoCommandIsRefused) {
  for (const std::string word : {"frobnicate", "plans", "-x", ""}) {
    SCOPED_TRACE(word);
    expect_refusal(Command{{runner(), word, "--id", "x"}}, {"'" + word + "'", "--"});
  }
}

TEST_F(BadInput, WithoutAnyOptionTheFirstMissingOneIsNamed) {
  expect_refusal(Command{{runner()}}, {"required"});
}

}  // namespace
}  // namespace jailrun::integration
