// SPDX-License-Identifier: Apache-2.0
// Hostile plugins, each of which does one thing wrong (tests/plugins/hostile.c), and those that ship.
#include "core/cli/checker/checker.hpp"
#include "core/cli/checker/elf_file.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core::cli::checker {
namespace {

constexpr int kTimeoutMs = 10000;

std::vector<Checked> checked(const std::string& file, Subject subject = {}) {
  const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  subject.fd = fd.get();
  subject.path = file;
  const Result<std::vector<Checked>> all = check_all(subject, kTimeoutMs);
  EXPECT_TRUE(all) << (all ? "" : all.error().sentence);
  return all ? all.value() : std::vector<Checked>();
}

// "name: reason" a line, of the checks that did not pass.
std::string faults(const std::vector<Checked>& all) {
  std::string text;
  for (const Checked& one : all)
    if (one.outcome.verdict != Verdict::kOk)
      text += (one.outcome.verdict == Verdict::kNotDone ? "not done " : "") + one.check.name + ": " +
              one.outcome.reason + "\n";
  return text;
}

std::string hostile(const std::string& name) { return JAILRUN_TEST_OWN_PLUGINS "/hostile/" + name + ".so"; }

TEST(CheckPlugin, OneThatDoesNothingWrongPassesEveryCheck) {
  const std::vector<Checked> all = checked(hostile("nothing"));
  EXPECT_EQ(faults(all), "");
  EXPECT_EQ(all.size(), 16U);
}

struct Hostile {
  const char* name;
  const char* check;
  const char* reason;
};
void PrintTo(const Hostile& one, std::ostream* stream) { *stream << one.name; }

class HostilePlugin : public testing::TestWithParam<Hostile> {};

TEST_P(HostilePlugin, FailsForItsOwnReason) {
  const std::vector<Checked> all = checked(hostile(GetParam().name));
  std::string reasons;
  for (const Checked& one : all)
    if (one.check.name == GetParam().check && one.outcome.verdict == Verdict::kFailed)
      reasons += one.outcome.reason;
  EXPECT_NE(reasons.find(GetParam().reason), std::string::npos) << faults(all);
  EXPECT_NE(access("/tmp/jailrun-hostile", F_OK), 0) << "it has changed the host";
}

constexpr Hostile kHostile[] = {
    {"two-symbols", "one-symbol", "exports another_symbol, jailrun_plugin_v1"},
    {"foreign-symbol", "own-symbols", "needs nobody_has_this from outside libc"},
    {"shared-library", "own-libraries", "needs libstdc++.so.6"},
    {"search-path", "no-search-path", "/tmp/anybody"},
    {"executable-stack", "no-executable-stack", "makes the stack executable"},
#ifdef __x86_64__
    {"text-relocations", "no-text-relocations", "modified when it is loaded"},
#endif
    {"constructor-opens", "loads", "changes the set of open descriptors"},
    {"constructor-faults", "loads", "was killed by signal 11"},
    {"no-nul", "descriptors", "the version of stage hostile is not NUL-terminated"},
    {"control-characters", "descriptors", "the summary of stage hostile contains a control character"},
    {"no-utf8", "descriptors", "the summary of stage hostile is not UTF-8"},
    {"option-twice", "descriptors", "option word is declared twice"},
    {"default-out-of-range", "descriptors", "the default of option number: '9' is out of range"},
    {"own-option", "descriptors", "--json is one of jailrun's own options"},
    {"unknown-trait", "descriptors", "has a trait that this version of jailrun does not know"},
    {"configure-writes", "pure-configure", "configure calls openat, to write"},
    {"configure-forks", "pure-configure", "configure calls clone, to create a process"},
    {"configure-exits", "pure-configure", "the plugin exited the process, with status 0"},
    {"configure-opens", "pure-configure", "configure changed the set of open descriptors"},
    {"configure-says-nothing", "pure-configure", "failed without saying why"},
    {"plan-makes-directory", "pure-plan", "plan calls mkdir"},
    {"plan-removes", "pure-plan", "plan calls unlink"},
    {"plan-starts-thread", "pure-plan", "plan changed the number of threads"},
    {"plan-changes-umask", "pure-plan", "plan changed the umask"},
    {"plan-changes-directory", "pure-plan", "plan changed the working directory"},
    {"plan-faults", "pure-plan", "was killed by signal 11"},
    {"plan-runs-command", "pure-plan", "plan calls clone, to create a process, which changes the host"},
    {"plan-forks-deaf", "pure-plan", "plan calls clone, to create a process, which changes the host"},
    {"plan-prints", "pure-plan", "plan prints to stdout: \"planned"},
    {"plan-short-struct", "pure-plan", "write: its arguments are shorter than in version 1.0"},
    {"plan-reserved-bit", "pure-plan",
     "call: this version of jailrun does not know the value of its member 'reserved'"},
    {"plan-wrong-mode", "pure-plan", "the mode 01777777 is not made of permission bits"},
    {"plan-setuid", "pure-plan", "the mode 04755 would make a file set-user-ID"},
    {"plan-large-payload", "pure-plan", "a call's payload is larger than 64 KiB"},
    {"plan-session-without-trait", "pure-plan", "session needs the trait JR_TRAIT_FORKS"},
    {"foreign-fact", "descriptors", "the fact jail.late begins with jail., as jailrun's own do"},
    {"plan-differs", "same-plan", "the same stage plans something else the second time"},
    {"plan-differs-by-stage", "same-plan", "a second instance of the stage plans something else"},
    {"plan-undeclared-fact", "pure-plan", "the fact site.other is read but not declared"},
    {"call-without-perform", "release", "plans a call, but has no perform function"},
    {"release-fails", "release",
     "release of 'work', which was never performed: there is nothing to take back"},
    {"release-fails-twice", "release", "again: there is nothing to take back"},
    {"release-opens", "release", "release changed the set of open descriptors"},
    {"fact-unpublished", "published-facts", "plan does not publish site.late"},
    {"fact-unpublished-early", "published-facts", "configure does not publish site.early"},
    {"destroy-opens", "leaves-nothing", "changed the set of open descriptors"},
    {"garbage-faults", "garbage", "given --word \"\": was killed by signal 11"},
    {"garbage-misuses", "garbage", "the option none is undeclared"},
};
INSTANTIATE_TEST_SUITE_P(CheckPlugin, HostilePlugin, testing::ValuesIn(kHostile));

TEST(CheckPlugin, OneThatHangsIsEnded) {
  const UniqueFd fd(open(hostile("plan-hangs").c_str(), O_RDONLY | O_CLOEXEC));
  for (const Check& check : stage_checks({fd.get(), "plan-hangs.so", {}, {}}, "hostile")) {
    if (check.name != "pure-plan") continue;
    EXPECT_EQ(run_in_child(check.run, 100).reason, "did not finish within 100 ms");
  }
}

TEST(CheckPlugin, ThoseThatShipPassEveryCheck) {
  for (const auto& file : std::filesystem::directory_iterator(JAILRUN_TEST_PLUGINS)) {
    if (file.path().extension() != ".so") continue;
    Subject subject;
    // Those that do nothing unless they are told what.
    if (file.path().stem() == "seccomp") subject.options = {{"profile", "docker"}};
    if (file.path().stem() == "landlock") subject.options = {{"read", "/"}};
    if (file.path().stem() == "label") subject.options = {{"selinux", "a:b:c"}, {"unsupported", "warn"}};
    if (file.path().stem() == "device-access") subject.options = {{"unsupported", "warn"}};
    // Not every machine has pasta.
    if (file.path().stem() == "user-net") subject.options = {{"pasta", "/bin/true"}, {"pasta-uid", "997"}};
    if (file.path().stem() == "isolate") subject.options = {{"namespaces", "ipc"}};
    EXPECT_EQ(faults(checked(file.path(), subject)), "") << file.path();
  }
}

TEST(CheckPlugin, ASettingThatNoStageHasIsRefused) {
  Subject subject;
  const UniqueFd fd(open(hostile("nothing").c_str(), O_RDONLY | O_CLOEXEC));
  subject.fd = fd.get();
  subject.options = {{"colour", "red"}};
  EXPECT_FALSE(check_all(subject, kTimeoutMs));
}

TEST(CheckPlugin, WhatIsNoSharedObjectIsCheckedNoFurther) {
  const tests::TempDirectory directory;
  const std::string plugin = tests::read_file(hostile("nothing"));
  for (const std::string& bytes : {std::string(), std::string("#!/bin/sh\n"), plugin.substr(0, 64),
                                   plugin.substr(0, plugin.size() / 2), tests::read_file("/proc/self/exe")}) {
    const std::vector<Checked> all = checked(directory.file("x.so", bytes));
    ASSERT_EQ(all.size(), 1U) << bytes.size();
    EXPECT_EQ(all[0].outcome.verdict, Verdict::kFailed) << bytes.size();
  }
}

// Each byte that says where something is may say anything.
TEST(CheckPlugin, ABrokenElfFileIsReadWithoutAFault) {
  std::string bytes = tests::read_file(hostile("nothing"));
  const size_t headers = bytes.size() - 64UL * 40;  // the section headers are at the end
  for (size_t at = 0; at < bytes.size(); at = at == 1023 ? headers : at + 1) {
    for (const char value : {'\xff', '\x7f'}) {
      const char old = bytes[at];
      bytes[at] = value;
      (void)read_elf(bytes);
      bytes[at] = old;
    }
  }
}

}  // namespace
}  // namespace jailrun::core::cli::checker
