// SPDX-License-Identifier: Apache-2.0
// The jail's own /proc, as the program finds it; the host's stays as it is.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <unistd.h>

namespace jailrun::integration {
namespace {

class ProcTest : public JailTest {
 protected:
  Strings with_proc(const std::string& settings, const Strings& more = {}) const {
    std::string text = read_file(pipeline("default.conf"));
    text = with_section_before(text, "daemonize", "[proc]\n" + settings + "[pid-namespace]\n");
    write_file(scratch("proc.conf"), text);
    Strings options = {"--pipeline", scratch("proc.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  // What the probe says of these paths: "directory", "ENOENT", ...
  Strings kinds(const Strings& options, const Strings& paths) {
    Strings arguments;
    for (const std::string& path : paths) arguments.insert(arguments.end(), {"--stat", path});
    return answers("stat", options, arguments);
  }

 private:
  Strings answers(const std::string& word, const Strings& options, const Strings& arguments) {
    const Outcome outcome = launch_and_remove(options, arguments);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    Strings answers;
    for (const std::string& one : reported(outcome.out, word)) {
      const std::string rest = one.substr(one.find(' ') + 1);
      answers.push_back(rest.substr(0, rest.find(' ')));
    }
    return answers;
  }
};

TEST_F(ProcTest, ShowsTheProgramItsOwnProcessesAlone) {
  const std::string tests = "/proc/" + std::to_string(getpid());
  EXPECT_EQ(kinds(with_proc(""), {"/proc/self/status", "/proc/meminfo", "/proc/sys", "/proc/kcore", tests}),
            (Strings{"file", "ENOENT", "ENOENT", "ENOENT", "ENOENT"}));
  EXPECT_EQ(kinds(with_proc("hidepid = off\n"), {tests, tests + "/status"}), (Strings{"directory", "file"}));
  EXPECT_EQ(kinds(with_proc("hidepid = noaccess\n"), {tests, tests + "/status"}),
            (Strings{"directory", "EPERM"}));
}

TEST_F(ProcTest, OfAPidNamespaceOfItsOwnShowsThat) {
  const Jailed jailed = start_detached(with_proc("hidepid = off\n", {"--new-pid-ns"}),
                                       {"--stat", "/proc/1/status", "--stat", "/proc/2"});
  EXPECT_EQ(jailed.report_all("stat").at(0).substr(0, 19), "/proc/1/status file");
  EXPECT_EQ(jailed.report_all("stat").at(1), "/proc/2 ENOENT");
}

TEST_F(ProcTest, OfTheKernelRootCanChangeNothingAndFindsTheMaskedEmpty) {
  const Strings options = with_proc("subset = all\n", {"--uid", "0", "--gid", "0", "--new-pid-ns"});
  const Jailed jailed = start_detached(options, {"--open", "/proc/sys/kernel/core_pattern", "--stat",
                                                 "/proc/meminfo", "--stat", "/proc/interrupts"});
  EXPECT_EQ(jailed.report("open"), "/proc/sys/kernel/core_pattern EROFS");
  EXPECT_EQ(jailed.report_all("stat").at(0).substr(0, 18), "/proc/meminfo file");
  EXPECT_EQ(jailed.report_all("stat").at(1).substr(0, 21), "/proc/interrupts char");
}

TEST_F(ProcTest, RootIsNotShownTheHostsProcesses) {
  EXPECT_NE(refusal(with_proc("", {"--uid", "0", "--gid", "0"})).find("by /proc/1/root"), std::string::npos);
}

TEST_F(ProcTest, AMaskedDirectoryIsEmpty) {
  EXPECT_EQ(kinds(with_proc("subset = all\nread-only-proc = none\nmask-proc = sys\n"),
                  {"/proc/sys", "/proc/sys/kernel", "/proc/meminfo"}),
            (Strings{"directory", "ENOENT", "file"}));
}

TEST_F(ProcTest, TheHostsStaysAsItIs) {
  const auto options = [] {
    const std::string table = read_file("/proc/self/mountinfo");
    std::string lines;
    for (size_t at = 0; at < table.size(); at = table.find('\n', at) + 1) {
      const std::string line = table.substr(at, table.find('\n', at) - at);
      if (line.find(" - proc ") != std::string::npos) lines += line + "\n";
    }
    return lines;
  };
  const std::string before = options();
  const Jailed jailed = start(with_proc(""));
  EXPECT_EQ(options(), before);
}

TEST_F(ProcTest, AFailedExecLeavesNothing) {
  for (const Strings& mode : {Strings{}, Strings{"--new-pid-ns"}, Strings{"--daemonize"}}) {
    for (const char* settings : {"", "subset = all\n"}) {
      Strings options = with_proc(settings, mode);
      options.insert(options.end(), {"--exec-file", broken_program()});
      refusal(options);
    }
  }
}

}  // namespace
}  // namespace jailrun::integration
