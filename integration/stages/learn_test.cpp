// SPDX-License-Identifier: Apache-2.0
// What the supervisor answers for a program's filter: calls that are learned, and calls that it refuses and
// notes.
#include "integration/support/jail_test.hpp"
#include "integration/support/test_pipelines.hpp"

#include <cerrno>

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class LearnTest : public JailTest {
 protected:
  // The default pipeline with the stage before its exec.
  Strings filtered(const std::string& settings, const Strings& more = {},
                   const std::string& stages = "") const {
    std::string text =
        with_section_before(read_file(pipeline("default.conf")), "drop-privs", "[pid-namespace]\n" + stages);
    write_file(scratch("filtered.conf"), with_section_before(text, "exec", "[seccomp]\n" + settings));
    Strings options = {"--pipeline", scratch("filtered.conf")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }
  std::string profile() const { return scratch("learned.json"); }
  Strings learning(const Strings& more = {"--supervise"}) const {
    return filtered("learn = " + profile() + "\n", more);
  }
  Strings with_profile(const Strings& more = {}) const {
    return filtered("profile = " + profile() + "\n", more);
  }
  static Strings calls(const std::vector<long>& numbers) {
    Strings arguments;
    for (const long call : numbers) arguments.insert(arguments.end(), {"--call", std::to_string(call)});
    return arguments;
  }
  static Strings answers(const Outcome& outcome) {
    Strings all;
    for (const std::string& one : reported(outcome.out, "call")) all.push_back(one.substr(one.find(' ') + 1));
    return all;
  }
  std::string violations() const {
    const Outcome shown = run(managing({"violations", "jail"}));
    EXPECT_TRUE(shown.succeeded()) << shown.text();
    return shown.out;
  }
  // That the jail has gone by itself.
  void TearDown() override {
    EXPECT_EQ(list(base()), "");
    (void)run({runner(), "rm", "--host", "--reports"});
    JailTest::TearDown();
  }
};

TEST_F(LearnTest, WhatAProgramHasCalledIsAllTheProfileAllows) {
  const Outcome learned = launch(learning(), calls({SYS_getuid}));
  ASSERT_TRUE(learned.succeeded()) << learned.text();
  EXPECT_EQ(answers(learned), Strings{"yes"});
  EXPECT_NE(learned.err.find(profile() + " allows "), std::string::npos) << learned.err;
  struct stat now {};
  ASSERT_EQ(stat(profile().c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777U, 0600U);
  const std::string text = read_file(profile());
  expect_mentions(text, {R"("getuid")", R"("execve")", R"("exit_group")", R"("SCMP_ARCH_X86_64")"});
  EXPECT_EQ(text.find("\"sendmsg\""), std::string::npos) << text;
  EXPECT_EQ(text.find("\"getgid\""), std::string::npos) << text;
  EXPECT_EQ(list(scratch("")), "filtered.conf learned.json");

  const Outcome held = launch_and_remove(with_profile(), calls({SYS_getuid, SYS_getgid}));
  EXPECT_TRUE(held.succeeded()) << held.text();
  EXPECT_EQ(answers(held), (Strings{"yes", "EPERM"}));
}

TEST_F(LearnTest, AnotherRunAddsWhatItHasCalled) {
  ASSERT_TRUE(launch(learning(), calls({SYS_getuid})).succeeded());
  const std::string first = read_file(profile());
  ASSERT_TRUE(launch(learning(), calls({SYS_getgid})).succeeded());
  const std::string both = read_file(profile());
  EXPECT_EQ(first.find("\"getgid\""), std::string::npos);
  expect_mentions(both, {"\"getuid\"", "\"getgid\""});
}

TEST_F(LearnTest, InEveryModeThatHasASupervisor) {
  for (const Strings& mode : {Strings{"--supervise"}, Strings{"--supervise", "--new-pid-ns"},
                              Strings{"--supervise", "--new-pid-ns", "--init"}}) {
    unlink(profile().c_str());
    const Outcome learned = launch(learning(mode), calls({SYS_getuid}));
    EXPECT_TRUE(learned.succeeded()) << learned.text();
    EXPECT_NE(read_file(profile()).find("\"getuid\""), std::string::npos);
    const Outcome held = launch(with_profile(mode), calls({SYS_getuid, SYS_getgid}));
    EXPECT_EQ(answers(held), (Strings{"yes", "EPERM"})) << held.text();
  }
}

TEST_F(LearnTest, InTheBackgroundToo) {
  const Outcome launched = launch(learning({"--supervise", "--daemonize"}), calls({SYS_getuid}));
  ASSERT_TRUE(launched.succeeded()) << launched.text();
  (void)run(managing({"wait", "probe/jail"}));
  EXPECT_NE(read_file(profile()).find("\"getuid\""), std::string::npos);
}

TEST_F(LearnTest, BusyboxRunsWithWhatItWasSeenToCall) {
  const Strings busybox = {"--exec-file", "/usr/bin/busybox", "--arguments", "none"};
  const auto with = [&](Strings options) {
    options.insert(options.end(), busybox.begin(), busybox.end());
    return options;
  };
  const Strings script = {"sh", "-c", "echo $((6 * 7)); cd /; ls >/dev/null && echo listed"};
  const Outcome learned = launch(with(learning()), script);
  ASSERT_EQ(learned.out, "42\nlisted\n") << learned.text();
  const Outcome again = launch(with(with_profile({"--supervise"})), script);
  EXPECT_EQ(again.out, "42\nlisted\n") << again.text();
  // What the script did not need.
  const Outcome other = launch(with(with_profile({"--supervise"})), {"mkdir", "/tmp"});
  EXPECT_NE(other.exit_status, 0) << other.text();
  EXPECT_NE(other.err.find("Operation not permitted"), std::string::npos) << other.text();
}

TEST_F(LearnTest, OneExecStaysTheOnlyOne) {
  const Outcome learned = launch(filtered("learn = " + profile() + "\nexec = once\n", {"--supervise"}),
                                 calls({SYS_execve, SYS_execveat, SYS_getuid}));
  EXPECT_EQ(answers(learned), (Strings{"EPERM", "EPERM", "yes"})) << learned.text();
  const Outcome noted = launch(filtered("violation = notify\nexec = once\n", {"--supervise"}),
                               calls({SYS_execve, SYS_execveat, SYS_getuid}));
  EXPECT_EQ(answers(noted), (Strings{"EPERM", "EPERM", "yes"})) << noted.text();
}

// In any way that is known, and whatever the program does with listeners of its own.
TEST_F(LearnTest, AProgramExecutesNoOtherWhileTheSupervisorAnswers) {
  for (const std::string& settings : {"learn = " + profile() + "\nexec = once\n",
                                      std::string("profile = docker\nviolation = notify\nexec = once\n")}) {
    Strings options = filtered(settings, {"--supervise"});
    options.insert(options.end(), {"--exec-file", test_file("exec-again")});
    const Outcome outcome = launch(options);
    EXPECT_NE(outcome.out.find("\nend\n"), std::string::npos) << outcome.text();
    EXPECT_EQ(reported(outcome.out, "reached"), Strings{}) << settings;
    for (const std::string& one : reported(outcome.out, "try")) {
      const bool is_foreign = one.rfind("i386", 0) == 0 || one.rfind("x32", 0) == 0;
      const std::string result = one.substr(one.find(' ') + 1);
      EXPECT_TRUE(result == "EPERM" || (is_foreign && result == "killed") ||
                  (one.rfind("reading-the-filter", 0) == 0 && (result == "EACCES" || result == "EIO")) ||
                  (one.rfind("a-listener", 0) == 0 && result == "EBUSY"))
          << settings << one;
    }
  }
}

TEST_F(LearnTest, WhatTheSupervisorRefusesIsShownWithoutTheKernelsLog) {
  Child launched(command(filtered("deny = getuid,getgid\nviolation = notify\n", {"--supervise"}),
                         {"--call", std::to_string(SYS_getuid), "--call", std::to_string(SYS_getuid),
                          "--call", std::to_string(SYS_getppid), "--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  const std::string shown = violations();
  EXPECT_EQ(shown.find("COUNT  CALL    OUTCOME  "), 0U) << shown;
  EXPECT_NE(shown.find("\n2      getuid  refused  "), std::string::npos) << shown;
  EXPECT_NE(shown.find("probe"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("getgid"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("getppid"), std::string::npos) << shown;
  const Outcome json = run(managing({"violations", "--json", "jail"}));
  expect_mentions(json.out, {R"("count":2)", R"("call":"getuid")", R"("outcome":"refused")", R"("first":")"});
  kill(std::stoi(reported(launched.out_so_far(), "pid").back()), SIGKILL);
  const Outcome outcome = launched.wait();
  EXPECT_EQ(answers(outcome), (Strings{"EPERM", "EPERM", "yes"}));
}

TEST_F(LearnTest, WhatTheSupervisorRefusesFailsAsTheProfileSays) {
  ASSERT_TRUE(launch(learning(), calls({SYS_getppid})).succeeded());
  std::string text = read_file(profile());
  text.insert(text.find("\"architectures\""), "\"defaultErrnoRet\": 38,\n  ");
  write_file(profile(), text);
  const Outcome outcome =
      launch(filtered("profile = " + profile() + "\nviolation = notify\n", {"--supervise"}),
             calls({SYS_sched_yield}));
  EXPECT_EQ(answers(outcome), Strings{"ENOSYS"}) << outcome.text();
}

TEST_F(LearnTest, NoProcessOfTheJailHasTheListener) {
  Child launched(command(filtered("deny = getuid\nviolation = notify\n", {"--supervise"}), {"--sleep"}));
  ASSERT_TRUE(launched.says("end"));
  const pid_t program = std::stoi(reported(launched.out_so_far(), "pid").back());
  EXPECT_EQ(list("/proc/" + std::to_string(program) + "/fd"), "0 1 2");
  kill(program, SIGKILL);
  (void)launched.wait();
}

// The program itself is killed with its supervisor; a child of it goes on.
TEST_F(LearnTest, WithoutTheSupervisorCallsFail) {
  Strings options = filtered("deny = mkdir\nviolation = notify\n", {"--supervise"});
  options.insert(options.end(), {"--exec-file", "/usr/bin/busybox", "--arguments", "none"});
  Child launched(
      command(options, {"sh", "-c", "(mkdir /a 2>/one; echo end; /busybox sleep 1; mkdir /a 2>/two); :"}));
  ASSERT_TRUE(launched.says("end"));
  EXPECT_NE(run(managing({"violations", "busybox/jail"})).out.find("1      mkdir  refused"),
            std::string::npos);
  kill(launched.pid(), SIGKILL);
  (void)launched.wait();
  const std::string root_now = root("jail", "busybox");
  for (int tries = 0; tries < 50 && (!exists(root_now + "/two") || read_file(root_now + "/two").empty());
       ++tries)
    usleep(100000);
  EXPECT_NE(read_file(root_now + "/one").find("Operation not permitted"), std::string::npos);
  EXPECT_NE(read_file(root_now + "/two").find("Function not implemented"), std::string::npos);
  EXPECT_EQ(access((root_now + "/a").c_str(), F_OK), -1);
  end_orphans();
  EXPECT_TRUE(run(managing({"rm", "--force", "busybox/jail"})).succeeded());
}

// As fast as it can, while the supervisor has other duties.
TEST_F(LearnTest, AFloodKeepsTheSupervisorFromNothing) {
  Strings options =
      filtered("deny = umask\nviolation = notify\n", {"--supervise", "--wall", "1s"}, "[time-limit]\n");
  options.insert(options.end(), {"--exec-file", "/usr/bin/busybox", "--arguments", "none"});
  const Outcome outcome = launch(options, {"sh", "-c", "while :; do umask 0; done"});
  EXPECT_EQ(outcome.signal, SIGTERM) << outcome.text();
  EXPECT_NE(outcome.err.find("time limit of 1 s reached"), std::string::npos) << outcome.err;
}

TEST_F(LearnTest, WithoutASupervisorItIsRefused) {
  expect_mentions(
      refusal(filtered("learn = " + profile() + "\n")),
      {"seccomp (", "filtered.conf:", "only a supervisor can answer", "to learn it: add --supervise"});
  expect_mentions(refusal(filtered("deny = bpf\nviolation = notify\n", {"--daemonize"})),
                  {"filtered.conf:", "to refuse and note it: add --supervise"});
  EXPECT_EQ(access(profile().c_str(), F_OK), -1);
}

TEST_F(LearnTest, AFileThatWasNotLearnedIsNotOverwritten) {
  const std::string text =
      "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"],\n"
      "\"action\": \"SCMP_ACT_ALLOW\", \"args\": []}]}";
  write_file(profile(), text);
  EXPECT_NE(refusal(learning())
                .find("learned.json was not learned, and is not overwritten: line 2: no learned "
                      "profile has \"args\""),
            std::string::npos);
  EXPECT_EQ(read_file(profile()), text);
}

TEST_F(LearnTest, AFileWhereOthersCanWriteIsRefused) {
  mkdir(scratch("open").c_str(), 0755);
  chmod(scratch("open").c_str(), 0777);
  EXPECT_NE(refusal(filtered("learn = " + scratch("open") + "/a.json\n", {"--supervise"}))
                .find("writable by others"),
            std::string::npos);
  rmdir(scratch("open").c_str());
  EXPECT_EQ(symlink("/etc/passwd", profile().c_str()), 0);
  EXPECT_NE(refusal(learning()).find("learned.json"), std::string::npos);
}

TEST_F(LearnTest, AnExecThatFailsLeavesNothing) {
  for (const Strings& mode : {Strings{"--supervise"}, Strings{"--supervise", "--new-pid-ns", "--init"},
                              Strings{"--supervise", "--daemonize"}}) {
    Strings options = learning(mode);
    options.insert(options.end(), {"--exec-file", broken_program()});
    const std::string error = refusal(options);
    EXPECT_NE(error.find("its loader or interpreter is not in the jail"), std::string::npos) << error;
  }
  EXPECT_EQ(access(profile().c_str(), F_OK), -1);
}

}  // namespace
}  // namespace jailrun::integration
