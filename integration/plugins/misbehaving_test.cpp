// SPDX-License-Identifier: Apache-2.0
// Plugins that are none, or that do what a plugin must not: one sentence that names the file or the stage,
// exit 1, and an unchanged host.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <ostream>

namespace jailrun::integration {
namespace {

class MisbehavingPlugins : public JailTest {
 protected:
  std::string sentence_for(const std::string& lines, Strings options = {}) {
    const std::string file = written(scratch("x.conf"), with_section_before(kTenStages, "exec", lines));
    options.insert(options.begin(), {"--pipeline", file});
    return refusal(options);
  }

  void expect_refusal(const std::string& lines, const Strings& named, const Strings& options = {}) {
    expect_mentions(sentence_for(lines, options), named);
  }

  static std::string with_plugin(const std::string& path) { return "[x]\nplugin = " + path + "\n"; }
};

TEST_F(MisbehavingPlugins, AFileThatIsMissing) {
  expect_refusal(with_plugin("/nonexistent/x.so"), {"x.conf:10", "/nonexistent/x.so", "No such file"});
}

TEST_F(MisbehavingPlugins, AFileNamedByARelativePath) {
  expect_refusal(with_plugin("plugins/x.so"), {"x.conf:10", "'plugins/x.so'", "absolute"});
}

TEST_F(MisbehavingPlugins, AnEmptyPath) { expect_refusal(with_plugin(""), {"x.conf:10", "absolute"}); }

TEST_F(MisbehavingPlugins, ADirectory) {
  expect_refusal(with_plugin(base()), {"x.conf:10", base(), "not a regular file"});
}

TEST_F(MisbehavingPlugins, AFileThatIsNoElf) {
  const std::string path = written(scratch("x.so"), "#!/bin/sh\necho words\n");
  expect_refusal(with_plugin(path), {"x.conf:10", path, "not an ELF"});
}

TEST_F(MisbehavingPlugins, AnEmptyFile) {
  const std::string path = written(scratch("x.so"), "");
  expect_refusal(with_plugin(path), {"x.conf:10", path, "not an ELF"});
}

TEST_F(MisbehavingPlugins, AnElfFileCutOffAfterItsHeader) {
  const std::string path = written(scratch("x.so"), read_file(test_plugin("motd")).substr(0, 64));
  expect_refusal(with_plugin(path), {"x.conf:10", path});
}

TEST_F(MisbehavingPlugins, AnElfFileForAnotherMachine) {
  std::string bytes = read_file(test_plugin("motd"));
  bytes[18] = '\x16';  // e_machine: EM_S390
  const std::string path = written(scratch("x.so"), bytes);
  expect_refusal(with_plugin(path), {"x.conf:10", path});
}

TEST_F(MisbehavingPlugins, AProgramInsteadOfALibrary) {
  expect_refusal(with_plugin(test_file("probe")), {"x.conf:10", test_file("probe"), "not a shared object"});
}

TEST_F(MisbehavingPlugins, ALibraryWithoutTheSymbol) {
  expect_refusal(section("no-symbol", "no-symbol"), {"x.conf:10", "no-symbol.so", "jailrun_plugin_v1"});
}

TEST_F(MisbehavingPlugins, APluginForAnotherMajorVersion) {
  expect_refusal(section("wrong-major", "wrong-major"),
                 {"x.conf:10", "wrong-major.so", "jailrun_plugin_v1", "major version"});
}

TEST_F(MisbehavingPlugins, APluginWhoseStructIsTooShort) {
  expect_refusal(section("short-struct", "short-struct"), {"x.conf:10", "short-struct.so", "too short"});
}

TEST_F(MisbehavingPlugins, AStageWithoutFunctions) {
  expect_refusal(section("null-ops", "null-ops"),
                 {"x.conf:10", "null-ops.so", "stage null-ops", "functions"});
}

TEST_F(MisbehavingPlugins, APluginThatCarriesAnotherStage) {
  expect_refusal(section("x", "motd"), {"x.conf:10", "motd.so", "'x'", "motd"});
}

TEST_F(MisbehavingPlugins, AnExceptionWhileConfiguring) {
  expect_refusal(section("thrower", "thrower"), {"stage thrower", "thrown while configuring"},
                 {"--throw", "configure"});
}

TEST_F(MisbehavingPlugins, AnExceptionWhilePlanning) {
  expect_refusal(section("thrower", "thrower"), {"stage thrower", "thrown while planning"},
                 {"--throw", "plan"});
}

TEST_F(MisbehavingPlugins, SomethingThrownThatIsNoException) {
  expect_refusal(section("thrower", "thrower"), {"stage thrower", "threw"}, {"--throw", "number"});
}

TEST_F(MisbehavingPlugins, AnExceptionPastThePluginsGuardWhileConfiguring) {
  expect_refusal(section("unguarded", "unguarded"), {"stage unguarded", "exception"},
                 {"--throw-from", "configure"});
}

TEST_F(MisbehavingPlugins, AnExceptionPastThePluginsGuardWhilePlanning) {
  expect_refusal(section("unguarded", "unguarded"), {"stage unguarded", "exception"},
                 {"--throw-from", "plan"});
}

// ---- what changes the process: --strict

struct ProcessChange {
  const char* name;
  const char* word;     // --deed
  const char* changed;  // what the sentence calls it
};

void PrintTo(const ProcessChange& change, std::ostream* stream) { *stream << change.name; }
std::string name_of(const testing::TestParamInfo<ProcessChange>& info) { return info.param.name; }

class StrictRun : public MisbehavingPlugins, public testing::WithParamInterface<ProcessChange> {
 protected:
  void expect_caught(const std::string& during) {
    expect_refusal(section("unruly", "unruly"), {"stage unruly", GetParam().changed},
                   {"--strict", "--deed", GetParam().word, "--during", during});
  }
};

TEST_P(StrictRun, CatchesAStageThatChangesItWhileConfiguring) { expect_caught("configure"); }
TEST_P(StrictRun, CatchesAStageThatChangesItWhilePlanning) { expect_caught("plan"); }

constexpr ProcessChange kChanges[] = {
    {"UserIds", "user-ids", "the user ids"},
    {"Threads", "thread", "the number of threads"},
    {"WorkingDirectory", "directory", "the working directory"},
    {"OpenDescriptors", "descriptor", "open descriptors"},
    {"Umask", "umask", "the umask"},
    {"SignalMask", "signal-mask", "the signal mask"},
};
INSTANTIATE_TEST_SUITE_P(Process, StrictRun, testing::ValuesIn(kChanges), name_of);

// Here much of the jail exists already.
class StrictRunUnderWay : public StrictRun {};

TEST_P(StrictRunUnderWay, CatchesAStageThatChangesItWhilePerforming) { expect_caught("perform"); }

constexpr ProcessChange kDeedsThatLeaveRoot[] = {
    {"Threads", "thread", "the number of threads"},
    {"WorkingDirectory", "directory", "the working directory"},
    {"OpenDescriptors", "descriptor", "open descriptors"},
    {"Umask", "umask", "the umask"},
};
INSTANTIATE_TEST_SUITE_P(Process, StrictRunUnderWay, testing::ValuesIn(kDeedsThatLeaveRoot), name_of);

TEST_F(MisbehavingPlugins, AWellBehavedStagePassesTheStrictRun) {
  const std::string file =
      written(scratch("x.conf"), with_section_before(kTenStages, "exec", section("unruly", "unruly")));
  for (const std::string during : {"configure", "plan", "perform"}) {
    SCOPED_TRACE(during);
    const Outcome outcome =
        launch_and_remove({"--pipeline", file, "--strict", "--deed", "nothing", "--during", during});
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  }
}

}  // namespace
}  // namespace jailrun::integration
