// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/command_line.hpp"

#include "core/base/message.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/help/help.hpp"
#include "tests/support/program_options.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <sstream>

namespace jailrun::core {
namespace {

CommandLine split(std::vector<std::string> words) {
  words.insert(words.begin(), "jailrun");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return split_command_line(static_cast<int>(argv.size()), argv.data());
}

using List = std::vector<std::string>;

StageDescription sample() {
  StageDescription stage;
  stage.id = "sample";
  stage.summary = "does this";
  stage.options = {{"id", "ID", "the name", "", JR_OPTION_TEXT, JR_OPTION_REQUIRED, 0, 0},
                   {"cgroup", "FILE=VALUE", "a value", "", JR_OPTION_TEXT, JR_OPTION_REPEATABLE, 0, 0},
                   {"daemonize", "", "in the background", "", JR_OPTION_FLAG, 0, 0, 0},
                   {"base", "DIR", "where", "/srv", JR_OPTION_TEXT, 0, 0, 0}};
  return stage;
}

Result<Parsed> parsed(const List& words, bool operands = false) {
  static const StageDescription kSample = sample();
  return parse(split(words), runner_options(), {&kSample}, operands);
}

std::string refusal(const List& words, bool operands = false) {
  const Result<Parsed> result = parsed(words, operands);
  return result ? "none" : message(result.error());
}

std::string values(const List& words, std::string_view option) {
  const Result<Parsed> result = parsed(words);
  if (!result) return "refused: " + message(result.error());
  std::string line;
  for (const OptionValue& value : result.value().values.of(option))
    line.append(line.empty() ? "" : " | ").append(value.origin).append(" ").append(value.text);
  return line;
}

TEST(CommandLine, WithoutACommandItIsALaunch) {
  const CommandLine words = split({"--id", "x"});
  EXPECT_EQ(words.command, "");
  EXPECT_EQ(words.before, (List{"--id", "x"}));
}

TEST(CommandLine, TheCommandIsTheFirstWordOnly) {
  EXPECT_EQ(split({"plan", "--id", "x"}).command, "plan");
  EXPECT_EQ(split({"plan", "--id", "x"}).before, (List{"--id", "x"}));
  EXPECT_EQ(split({"--id", "plan"}).command, "");
}

// bin/jailrun does not know which commands there are: the program that has them does.
TEST(CommandLine, AFirstWordThatIsNoOptionIsACommandKnownOrNot) {
  EXPECT_EQ(split({"frobnicate", "--id", "x"}).command, "frobnicate");
  EXPECT_FALSE(split({"frobnicate", "--id", "x"}).is_launch());
  EXPECT_EQ(split({"-x"}).command, "");
  EXPECT_EQ(split({""}).command, "");
  EXPECT_EQ(split({"--", "plan"}).command, "");
}

TEST(CommandLine, TheJailersNameAndThoseOfItsReleasesMeanItsPipeline) {
  const auto pipeline_of = [](std::string name) {
    char* argv[] = {name.data(), nullptr};
    return split_command_line(1, argv).pipeline;
  };
  for (const char* name : {"jailer", "/usr/bin/jailer", "./jailer-v1.7.0-x86_64", "jailer-main"})
    EXPECT_EQ(pipeline_of(name), "firecracker.conf") << name;
  EXPECT_EQ(pipeline_of("/usr/bin/jailer-hardened"), "firecracker-hardened.conf");
  EXPECT_EQ(pipeline_of("jailer-hardened-2"), "firecracker.conf");
  for (const char* name : {"jailrun", "/opt/jailer-v1/jailrun", "jailers", "my-jailer"})
    EXPECT_EQ(pipeline_of(name), "default.conf") << name;
}

TEST(CommandLine, NoWordsAtAllAreALaunch) {
  EXPECT_EQ(split({}).command, "");
  EXPECT_EQ(split_command_line(0, nullptr).before, List{});
}

TEST(CommandLine, TheFirstDoubleDashEndsTheOptionsAndLaterOnesAreTheProgramsOwn) {
  const CommandLine words = split({"--id", "x", "--", "a", "--", "b"});
  EXPECT_EQ(words.before, (List{"--id", "x"}));
  EXPECT_EQ(words.arguments, (List{"a", "--", "b"}));
}

TEST(CommandLine, WhatFollowsTheDoubleDashIsUntouched) {
  const CommandLine words = split({"--", "--help", "--version", "--pipeline", "x", "plan", ""});
  EXPECT_FALSE(words.help);
  EXPECT_FALSE(words.version);
  EXPECT_EQ(words.pipeline, "default.conf");
  EXPECT_EQ(words.command, "");
  EXPECT_EQ(words.arguments, (List{"--help", "--version", "--pipeline", "x", "plan", ""}));
}

TEST(CommandLine, HelpAndVersionAreKnownBeforeThePipelineIs) {
  EXPECT_TRUE(split({"--help"}).help);
  EXPECT_TRUE(split({"-h"}).help);
  EXPECT_TRUE(split({"plan", "--id", "x", "--help"}).help);
  EXPECT_TRUE(split({"--version"}).version);
}

TEST(CommandLine, ThePipelineIsGivenWithOrWithoutAnEqualsSign) {
  EXPECT_EQ(split({"--pipeline", "a.conf"}).pipeline, "a.conf");
  EXPECT_EQ(split({"--pipeline=b.conf"}).pipeline, "b.conf");
  EXPECT_EQ(split({}).pipeline, "default.conf");
}

// A value that happens to read "--help" is a value: a path or an id may come from somebody else.
TEST(CommandLine, TheValueOfAnOptionIsNoOption) {
  EXPECT_FALSE(split({"--id=--help"}).help);
  EXPECT_EQ(split({"--pipeline", "--help"}).pipeline, "--help");
}

TEST(CommandLine, AnOptionTakesTheNextWordOrWhatFollowsTheEqualsSign) {
  EXPECT_EQ(values({"--id", "x"}, "id"), "--id x");
  EXPECT_EQ(values({"--id=x"}, "id"), "--id x");
  EXPECT_EQ(values({"--cgroup=cpuset.cpus=0-1"}, "cgroup"), "--cgroup cpuset.cpus=0-1");
}

TEST(CommandLine, ARepeatableOptionKeepsItsOrder) {
  EXPECT_EQ(values({"--cgroup", "b", "--id", "x", "--cgroup", "a"}, "cgroup"), "--cgroup b | --cgroup a");
}

TEST(CommandLine, ARepeatableOptionTakesOneWordEachTime) {
  EXPECT_EQ(refusal({"--cgroup", "a", "b"}),
            "'b' is neither an option nor a command; the program's own arguments go after --");
}

TEST(CommandLine, AFlagTakesNoValue) {
  EXPECT_EQ(values({"--daemonize"}, "daemonize"), "--daemonize yes");
  EXPECT_NE(refusal({"--daemonize=no"}), "none");
}

TEST(CommandLine, AValueMayBeEmptyOrBeginWithAHyphen) {
  EXPECT_EQ(values({"--id", ""}, "id"), "--id ");
  EXPECT_EQ(values({"--id", "-1"}, "id"), "--id -1");
  EXPECT_EQ(values({"--id", "-"}, "id"), "--id -");
}

TEST(CommandLine, AnUnknownOptionIsRefusedByName) {
  EXPECT_NE(refusal({"--colour", "red"}).find("--colour"), std::string::npos);
  EXPECT_NE(refusal({"--colour=red"}).find("--colour"), std::string::npos);
}

TEST(CommandLine, AnAbbreviationIsUnknown) {
  EXPECT_NE(refusal({"--daemon"}), "none");
  EXPECT_NE(refusal({"--cgrou", "x"}), "none");
}

TEST(CommandLine, ASingleOptionTwiceIsRefusedByName) {
  const std::string said = refusal({"--id", "x", "--id", "x"});
  EXPECT_NE(said.find("--id"), std::string::npos) << said;
  EXPECT_NE(said.find("more than once"), std::string::npos) << said;
}

TEST(CommandLine, AFlagTwiceIsRefusedByName) {
  EXPECT_NE(refusal({"--daemonize", "--daemonize"}).find("--daemonize"), std::string::npos);
}

TEST(CommandLine, AnOptionWithoutItsValueIsRefusedByName) {
  EXPECT_NE(refusal({"--id"}).find("--id"), std::string::npos);
}

// Else `--id --uid 5` would make a jail named "--uid".
TEST(CommandLine, AForgottenValueIsNotTakenFromTheNextOption) {
  EXPECT_NE(refusal({"--id", "--daemonize"}).find("--id"), std::string::npos);
  EXPECT_NE(refusal({"--id", "--cgroup=a=b"}).find("--id has no value"), std::string::npos);
}

TEST(CommandLine, AnOptionWithoutANameIsRefused) {
  EXPECT_NE(refusal({"--=x"}), "none");
  EXPECT_NE(refusal({"--="}), "none");
}

TEST(CommandLine, AnOperandIsRefusedUnlessTheCommandTakesSome) {
  EXPECT_EQ(refusal({"--id", "x", "devices"}),
            "'devices' is neither an option nor a command; the program's own arguments go after --");
  const Result<Parsed> result = parsed({"stages", "devices", "exec"}, true);
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().operands, (List{"devices", "exec"}));
}

TEST(CommandLine, ASingleHyphenBeginsNeitherAnOptionNorAnOperand) {
  EXPECT_NE(refusal({"-x"}).find("'-x' is not an option"), std::string::npos) << refusal({"-x"});
}

TEST(CommandLine, TheRunnersOwnOptionsAreAlwaysKnown) {
  EXPECT_EQ(values({"--log-level", "debug"}, "log-level"), "--log-level debug");
  EXPECT_EQ(values({"--timings"}, "timings"), "--timings yes");
  EXPECT_EQ(values({"--strict"}, "strict"), "--strict yes");
}

TEST(CommandLine, AnOptionThatTwoStagesShareIsOneOption) {
  const StageDescription one = sample();
  StageDescription two = sample();
  two.id = "other";
  const Result<Parsed> result = parse(split({"--id", "x"}), runner_options(), {&one, &two}, false);
  ASSERT_TRUE(result) << message(result.error());
  EXPECT_EQ(result.value().values.of("id").size(), 1U);
}

// Defaults are filled in after the files; here they would win over them.
TEST(CommandLine, ADefaultIsNoValueFromTheCommandLine) { EXPECT_EQ(values({"--id", "x"}, "base"), ""); }

// The reference for the corpus of tests/fuzz too.
TEST(CommandLine, IsReadAsProgramOptionsReadsIt) {
  const StageDescription stage = sample();
  for (const List& words :
       {List{"--id", "x", "--cgroup=a=b", "--cgroup", "", "--daemonize"}, List{"--id=", "--base", "-"},
        List{"a", "--id", "--x", "b"}, List{"--id=a=b", "x-"}, List{"--id", "--x=", "--cgroup", "--="}}) {
    const Result<Parsed> own = parse(split(words), runner_options(), {&stage}, true);
    const std::optional<Parsed> reference =
        tests::parse_by_program_options(split(words), runner_options(), {&stage});
    ASSERT_TRUE(own && reference);
    EXPECT_EQ(own.value().operands, reference->operands);
    EXPECT_TRUE(own.value().values == reference->values) << words.front();
  }
}

TEST(Help, ShowsEachOptionWithItsHelpByStage) {
  const StageDescription one = sample();
  const std::string text = cli::help_page({&one}, "x.conf");
  for (const char* part :
       {"x.conf", "sample - does this", "--id ID", "the name (required)", "--cgroup FILE=VALUE",
        "a value (repeatable)", "--daemonize", "where [/srv]", "--log-level LEVEL", "--help", "--version"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_LT(text.find("--log-level"), text.find("sample - does this"));
}

TEST(Help, ListsEveryCommandWithItsOperands) {
  const std::string text = cli::help_page({}, "x.conf");
  for (const cli::Command& command : cli::commands()) {
    const std::string usage = std::string(command.name) + (command.operands.empty() ? "" : " ");
    EXPECT_NE(text.find(usage + std::string(command.operands)), std::string::npos) << command.name;
  }
}

TEST(Help, FitsEightyColumnsAndBreaksLinesBetweenWords) {
  StageDescription stage = sample();
  const std::string summary =
      "does a great many things, one after the other, some of which take a while to explain";
  stage.summary = summary;
  stage.options[0].help = summary;
  const std::string text = cli::help_page({&stage}, "x.conf");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
  }
  std::istringstream words(text);
  const std::set<std::string> all{std::istream_iterator<std::string>(words), {}};
  std::istringstream wanted(summary);
  for (std::string word; wanted >> word;) EXPECT_TRUE(all.count(word) + all.count(word + ":") > 0) << word;
}

TEST(Commands, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const cli::Command& command : cli::commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_NE(command.run, nullptr) << command.name;
    EXPECT_NE(command.options, nullptr) << command.name;
  }
}

}  // namespace
}  // namespace jailrun::core
