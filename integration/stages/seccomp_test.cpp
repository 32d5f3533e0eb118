// SPDX-License-Identifier: Apache-2.0
// Filters of system calls: what a program can do under them, and that a launch that fails under one leaves
// nothing.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

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

TEST_F(SeccompTest, FirecrackersProfileLetsAProgramLoadAFilterAndForbidsWhatNoMachineNeeds) {
  EXPECT_EQ(answers("profile = firecracker\nallow = wait4\n",
                    {SYS_getuid, SYS_seccomp, SYS_bpf, SYS_mount, SYS_ptrace, SYS_clone3, SYS_unshare}),
            (Strings{"yes", "EINVAL", "EPERM", "EPERM", "EPERM", "ENOSYS", "EPERM"}));
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

// What exec-again says of each of its tries, and which of them got through.
struct Tries {
  std::map<std::string, std::string> results;
  Strings reached;
};
Tries tries_of(const Outcome& outcome) {
  Tries all;
  EXPECT_TRUE(outcome.succeeded()) << outcome.text();
  EXPECT_NE(outcome.out.find("\nend\n"), std::string::npos) << outcome.text();
  for (const std::string& one : reported(outcome.out, "try"))
    all.results[one.substr(0, one.find(' '))] = one.substr(one.find(' ') + 1);
  all.reached = reported(outcome.out, "reached");
  return all;
}

TEST_F(SeccompTest, AProgramExecutesNoOtherInAnyWayThatIsKnown) {
  const Strings again = {"--exec-file", test_file("exec-again")};
  const auto launched = [&](const std::string& settings, const std::string& name) {
    Strings options = filtered(settings);
    options.insert(options.end(), again.begin(), again.end());
    const Tries all = tries_of(launch(options));
    remove_jail("jail", name);
    return all;
  };
  // The tries are good: without the setting each but those of other architectures gets through.
  const Tries free = launched("deny = bpf\n", "exec-again");
  for (const char* const one :
       {"execve", "execveat-path", "execveat-descriptor", "execveat-every-descriptor", "execveat-memory-file",
        "arguments-at-every-address", "registers-at-entry", "words-of-the-stack", "simple-keys",
        "another-thread", "a-child-of-vfork", "a-listener-that-lets-it-through"})
    EXPECT_EQ(std::count(free.reached.begin(), free.reached.end(), one), 1) << one;

  for (const std::string settings : {"exec = once\n", "profile = docker\nexec = once\n",
                                     "profile = docker\nallow = execve,execveat\nexec = once\n",
                                     "allow = read\nviolation = log\nexec = once\n"}) {
    const Tries held = launched(settings, "exec-again");
    EXPECT_EQ(held.reached, Strings{}) << settings;
    EXPECT_EQ(held.results.size(), free.results.size()) << settings;
    for (const auto& [name, result] : held.results) {
      const bool is_foreign = name.rfind("i386", 0) == 0 || name.rfind("x32", 0) == 0;
      if (name == "reading-the-filter")
        EXPECT_TRUE(result == "EACCES" || result == "EIO") << settings << result;
      else
        EXPECT_TRUE(result == "EPERM" || (is_foreign && result == "killed"))
            << settings << name << " " << result;
    }
  }
  for (const auto& [name, result] : launched("exec = once\nviolation = kill\n", "exec-again").results)
    EXPECT_TRUE(result == "killed" || name == "reading-the-filter") << name << " " << result;
}

TEST_F(SeccompTest, AProgramIsExecutedOnceInEveryMode) {
  for (const Strings& mode : {Strings{}, Strings{"--new-pid-ns"}, Strings{"--daemonize"}}) {
    Jailed jailed = mode.empty()               ? start(filtered("exec = once\n"))
                    : mode[0] == "--daemonize" ? start_daemon(filtered("exec = once\n"))
                                               : start_detached(filtered("exec = once\n", mode));
    const std::string status = read_file("/proc/" + std::to_string(jailed.pid()) + "/status");
    EXPECT_NE(status.find("\nSeccomp_filters:\t1\n"), std::string::npos) << status;
  }
  EXPECT_EQ(answers("exec = once\n", {SYS_getuid, SYS_execve, SYS_execveat}),
            (Strings{"yes", "EPERM", "EPERM"}));
}

// Its interpreter is executed by the same call.
TEST_F(SeccompTest, AScriptIsExecutedOnce) {
  write_file(scratch("script"), "#!/interpreter\n");
  chmod(scratch("script").c_str(), 0755);
  std::filesystem::copy_file(test_file("probe"), prefill("script") + "/interpreter");
  Strings options = filtered("exec = once\n");
  options.insert(options.end(), {"--exec-file", scratch("script")});
  const Outcome outcome = launch(options, {"--call", std::to_string(SYS_execve)});
  EXPECT_EQ(reported(outcome.out, "call"), Strings{std::to_string(SYS_execve) + " EPERM"}) << outcome.text();
  remove_jail("jail", "script");
  remove_prefilled("script");
}

TEST_F(SeccompTest, AnExecThatFailsWhereItWasTheOnlyOneLeavesNothing) {
  for (const Strings& mode :
       {Strings{}, Strings{"--new-pid-ns"}, Strings{"--daemonize"}, Strings{"--supervise"}}) {
    const std::string error = failing_exec("exec = once\nviolation = kill\n", mode);
    EXPECT_NE(error.find("exec /broken in jail jail: its loader or interpreter is not in the jail"),
              std::string::npos)
        << error;
  }
}

TEST_F(SeccompTest, AProgramThatReachesBeyondFiltersIsNotHeldToOneExec) {
  expect_mentions(refusal(filtered("exec = once\n", {"--uid", "0", "--gid", "0"})),
                  {"filtered.conf:", ": exec: once can't be held for a program that is root"});
  write_file(scratch("keeping.conf"),
             with_section_before(read_file(pipeline("default.conf")), "exec",
                                 "[capabilities]\nkeep-capabilities = sys_ptrace\n[seccomp]\nexec = once\n"));
  EXPECT_NE(refusal({"--pipeline", scratch("keeping.conf")}).find("the program keeps CAP_SYS_PTRACE"),
            std::string::npos);
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
