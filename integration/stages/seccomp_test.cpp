// SPDX-License-Identifier: Apache-2.0
// Filters of system calls: what a program can do under them, and that a launch that fails under one leaves
// nothing.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

// What a launch itself calls under a filter.
const std::string kOwn = "execve,exit,write,exit_group";

class SeccompTest : public JailTest {
 protected:
  // The default pipeline with the stage before its exec.
  Strings filtered(const std::string& settings, const Strings& more = {}) const {
    std::string text = read_file(pipeline("default.conf"));
    text = with_section_before(text, "drop-privs", "[pid-namespace]\n");
    write_file(scratch("filtered.conf"), with_section_before(text, "exec", "[seccomp]\n" + settings));
    Strings options = {"--pipeline", scratch("filtered.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  // "EPERM", "yes" or "killed", for these calls.
  Strings answers(const std::string& settings, const std::vector<long>& calls, const Strings& options = {}) {
    Strings arguments;
    for (const long call : calls) arguments.insert(arguments.end(), {"--call", std::to_string(call)});
    const Outcome outcome = launch_and_remove(filtered(settings, options), arguments);
    EXPECT_TRUE(outcome.succeeded()) << outcome.text();
    Strings answers;
    for (const std::string& one : reported(outcome.out, "call"))
      answers.push_back(one.substr(one.find(' ') + 1));
    return answers;
  }
  // The exec fails once the filter is loaded.
  std::string failing_exec(const std::string& settings, const Strings& more) {
    Strings options = filtered(settings, more);
    options.insert(options.end(), {"--exec-file", broken_program()});
    return refusal(options);
  }
};

TEST_F(SeccompTest, DockersProfileLetsAProgramRunAndForbidsWhatDockerForbids) {
  EXPECT_EQ(answers("profile = docker\n", {SYS_getuid, SYS_bpf, SYS_mount, SYS_keyctl, SYS_clone3}),
            (Strings{"yes", "EPERM", "EPERM", "EPERM", "ENOSYS"}));
}

TEST_F(SeccompTest, DockersProfileGivesRootWhatItsCapabilitiesAllow) {
  EXPECT_EQ(answers("profile = docker\n", {SYS_bpf, SYS_keyctl}, {"--uid", "0", "--gid", "0"}),
            (Strings{"EINVAL", "EPERM"}));
}

TEST_F(SeccompTest, AViolationFailsKillsOrIsLogged) {
  EXPECT_EQ(answers("deny = getuid\n", {SYS_getuid, SYS_getgid}), (Strings{"EPERM", "yes"}));
  EXPECT_EQ(answers("deny = getuid\nviolation = kill\n", {SYS_getuid, SYS_getgid}),
            (Strings{"killed", "yes"}));
  EXPECT_EQ(answers("deny = getuid\nviolation = log\n", {SYS_getuid, SYS_getgid}), (Strings{"yes", "yes"}));
  // The probe asks for keys, which Docker's profile forbids.
  const Outcome outcome = launch_and_remove(filtered("profile = docker\nviolation = kill\n"));
  EXPECT_EQ(outcome.signal, SIGSYS) << outcome.text();
}

// All that is logged on a host shares ten lines in five seconds: so it may take more than one launch.
TEST_F(SeccompTest, WhatAFilterHasRefusedIsShownFromTheKernelsLog) {
  if (access("/proc/self/loginuid", F_OK) != 0)
    GTEST_SKIP() << "this kernel can't log violations: no CONFIG_AUDIT";
  const Strings options = filtered("deny = getuid\nlog-violations = yes\n");
  Outcome shown;
  for (int tries = 0; tries < 8 && shown.out.find("refused") == std::string::npos; ++tries) {
    if (tries > 0) sleep(3);
    ASSERT_TRUE(launch(options, {"--call", std::to_string(SYS_getuid)}).succeeded());
    shown = run(managing({"violations", "jail"}));
    ASSERT_TRUE(shown.succeeded()) << shown.text();
    const Outcome json = run(managing({"violations", "--json", "jail"}));
    EXPECT_EQ(json.out.find("\"outcome\":\"refused\"") != std::string::npos,
              shown.out.find("refused") != std::string::npos)
        << json.out;
    remove_jail();
  }
  EXPECT_EQ(shown.out.find("COUNT  CALL"), 0U) << shown.out;
  expect_mentions(shown.out, {"getuid", "refused", "probe"});
}

TEST_F(SeccompTest, AJailWithoutAFilterHasNoViolationsToShow) {
  ASSERT_TRUE(launch({}).succeeded());
  const Outcome outcome = run(managing({"violations", "jail"}));
  EXPECT_FALSE(outcome.succeeded());
  EXPECT_NE(outcome.err.find("jail jail has no filter of system calls"), std::string::npos) << outcome.err;
  remove_jail();
}

TEST_F(SeccompTest, TheProgramHasTheFilterInEveryMode) {
  for (const Strings& mode : {Strings{}, Strings{"--new-pid-ns"}, Strings{"--daemonize"}}) {
    Jailed jailed = mode.empty()               ? start(filtered("profile = docker\n"))
                    : mode[0] == "--daemonize" ? start_daemon(filtered("profile = docker\n"))
                                               : start_detached(filtered("profile = docker\n", mode));
    const std::string status = read_file("/proc/" + std::to_string(jailed.pid()) + "/status");
    EXPECT_NE(status.find("\nSeccomp:\t2\n"), std::string::npos) << status;
    EXPECT_NE(status.find("\nSeccomp_filters:\t1\n"), std::string::npos) << status;
    EXPECT_NE(status.find("\nNoNewPrivs:\t1\n"), std::string::npos) << status;
  }
}

TEST_F(SeccompTest, AnExecThatFailsUnderAFilterThatKillsLeavesNothing) {
  for (const Strings& mode :
       {Strings{}, Strings{"--new-pid-ns"}, Strings{"--daemonize"}, Strings{"--daemonize", "--new-pid-ns"},
        Strings{"--supervise"}, Strings{"--supervise", "--daemonize"}}) {
    const std::string error = failing_exec("allow = " + kOwn + "\nviolation = kill\n", mode);
    EXPECT_NE(error.find("exec /broken in jail jail: its loader or interpreter is not in the jail"),
              std::string::npos)
        << error;
    EXPECT_NE(error.find("No such file or directory"), std::string::npos) << error;
  }
}

TEST_F(SeccompTest, AFilterThatWouldStopTheLaunchIsRefusedBeforeAnythingIsMade) {
  EXPECT_NE(refusal(filtered("allow = read\n")).find("execve, exit"), std::string::npos);
  EXPECT_NE(refusal(filtered("allow = execve,exit\n", {"--daemonize"})).find("write, exit_group"),
            std::string::npos);
  EXPECT_NE(refusal(filtered("profile = docker\ndeny = execve\n")).find("execve"), std::string::npos);
}

TEST_F(SeccompTest, AProfileThatOthersCanWriteIsRefused) {
  write_file(scratch("all.policy"), "execve: 1\nexit: 1\n");
  chmod(scratch("all.policy").c_str(), 0666);
  const std::string error = refusal(filtered("profile = " + scratch("all.policy") + "\n"));
  EXPECT_NE(error.find("all.policy can be written by others than its owner"), std::string::npos) << error;
}

TEST_F(SeccompTest, TheFaultsOfAProfileAreToldWithTheirLines) {
  write_file(scratch("bad.json"),
             "{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n\"syscalls\": [\n{\"names\": [\"frob\"],\n"
             "\"action\": \"SCMP_ACT_ERRNO\"},\n{\"names\": [\"read\"]}]}");
  const std::string error = refusal(filtered("profile = " + scratch("bad.json") + "\n"));
  EXPECT_NE(error.find("bad.json:3: 'frob' is not a system call"), std::string::npos) << error;
  EXPECT_NE(error.find("bad.json:5: a rule has no \"action\""), std::string::npos) << error;
}

}  // namespace
}  // namespace jailrun::integration
