// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planning.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

Launch launch(const std::string& settings, const std::string& after_seccomp = "") {
  return Launch().pipeline(
      "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n[seccomp]\n" + settings +
      after_seccomp + "[exec]\n");
}
std::string plan(const std::string& settings) { return launch(settings).plan_of("seccomp"); }
std::string refused(const std::string& sentence) { return "refused: stage seccomp: " + sentence + "\n"; }

// What each plan must let through.
const std::string kOwn = "execve,exit,write,exit_group";

class SeccompFile : public testing::Test {
 protected:
  // A profile with this text.
  std::string file(const std::string& text, unsigned mode = 0644) const {
    return directory_.file("profile", text, mode);
  }
  std::string plan_of(const std::string& text, const std::string& more = "") const {
    std::string shown = plan("profile = " + file(text) + "\n" + more);
    for (size_t at = 0; (at = shown.find(directory_.path())) != std::string::npos;)
      shown.replace(at, directory_.path().size(), "DIR");
    return shown;
  }

 private:
  TempDirectory directory_;
};

TEST(Seccomp, HasDockersProfile) {
  const std::string shown = plan("profile = docker\n");
  EXPECT_EQ(shown.find("enter filter docker  "), 0U) << shown;
  EXPECT_NE(shown.find(" instructions, others: EPERM\n"), std::string::npos) << shown;
}

TEST(Seccomp, HasAProfileForFirecracker) {
  const std::string shown = plan("profile = firecracker\nexec = once\n");
  EXPECT_EQ(shown.find("enter filter firecracker  "), 0U) << shown;
  EXPECT_NE(shown.find(" instructions, others: EPERM, exec once\n"), std::string::npos) << shown;
}

TEST(Seccomp, NeedsAProfileOrAList) {
  EXPECT_EQ(plan(""), refused("say what the program may call: --profile, --allow, --deny, --native-only, "
                              "--exec once or --learn"));
}

TEST(Seccomp, WithAListOfAllowedCallsAllowsNoOther) {
  EXPECT_NE(plan("allow = " + kOwn + "\nallow = read\n").find("instructions, others: EPERM\n"),
            std::string::npos);
  EXPECT_NE(plan("allow = " + kOwn + "\nviolation = kill\n").find("others: the program is killed\n"),
            std::string::npos);
  EXPECT_NE(plan("allow = read\nviolation = log\n").find("others: allowed and logged\n"), std::string::npos);
}

TEST(Seccomp, WithAListOfDeniedCallsAllowsAllOthers) {
  EXPECT_NE(plan("deny = bpf,mount\n").find("instructions, others: allowed\n"), std::string::npos);
  EXPECT_NE(plan("deny = bpf\nviolation = kill\n").find("instructions, others: allowed\n"),
            std::string::npos);
}

TEST(Seccomp, CanHaveRefusedCallsLogged) {
  EXPECT_EQ(plan("deny = bpf\n").find("(log)"), std::string::npos);
  EXPECT_NE(plan("deny = bpf\nlog-violations = yes\n").find("others: allowed (log)\n"), std::string::npos);
}

// What is left of the filter is what an x86_64 program may call: it is shorter by the other trees.
TEST(Seccomp, CanForbidOtherArchitectures) {
  const auto instructions = [](const std::string& shown) {
    return std::stoi(shown.substr(std::string("enter filter docker  ").size()));
  };
  const std::string all = plan("profile = docker\n");
  EXPECT_LT(instructions(plan("profile = docker\nnative-only = yes\n")), instructions(all)) << all;
  EXPECT_NE(plan("native-only = yes\n").find("enter filter calls  "), std::string::npos);
}

TEST(Seccomp, CanLetTheProgramExecuteNoOther) {
  EXPECT_EQ(plan("profile = docker\nexec = any\n"), plan("profile = docker\n"));
  EXPECT_NE(plan("profile = docker\nexec = once\n").find("others: EPERM, exec once\n"), std::string::npos);
  EXPECT_NE(plan("exec = once\n").find("enter filter calls  "), std::string::npos);
  EXPECT_NE(plan("exec = once\n").find("others: allowed, exec once\n"), std::string::npos);
  EXPECT_EQ(plan("exec = twice\n"), refused("test.conf:6: exec: 'twice' is neither any nor once"));
}

TEST(Seccomp, LearnsWithNothingElseThanOneExec) {
  EXPECT_EQ(
      plan("learn = a.json\nprofile = docker\nnative-only = yes\n"),
      refused(
          "test.conf:6: learn: 'a.json' is not an absolute path; test.conf:6: learn: everything is allowed "
          "while it is learned, which leaves nothing to do for --profile: leave one of them out; "
          "test.conf:6: learn: everything is allowed while it is learned, which leaves nothing to do for "
          "--native-only: leave one of them out"));
  EXPECT_EQ(
      plan("learn = /usr/a.json\nexec = once\n"),
      "refused: stage seccomp (test.conf:6: learn): only a supervisor can answer what the program calls, to "
      "learn it: "
      "add --supervise\n");
}

TEST(Seccomp, LetsTheSupervisorRefuse) {
  EXPECT_EQ(
      plan("deny = bpf\nviolation = notify\n"),
      "refused: stage seccomp (test.conf:6: deny): only a supervisor can answer what the program calls, to "
      "refuse and "
      "note it: add --supervise\n");
}

TEST(Seccomp, CantHoldARootToOneExec) {
  EXPECT_EQ(
      Launch()
          .pipeline("[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n"
                    "[seccomp]\nexec = once\n[exec]\n")
          .set("uid", "0")
          .plan_of("seccomp"),
      refused("test.conf:6: exec: once can't be held for a program that is root, which can have the kernel "
              "start others: give it a uid"));
}

TEST(Seccomp, AListChangesAProfile) {
  const std::string docker = plan("profile = docker\n");
  EXPECT_NE(plan("profile = docker\nallow = bpf\n"), docker);
  EXPECT_EQ(
      plan("profile = docker\ndeny = execve\n"),
      refused(
          "the filter docker does not let through what jailrun itself calls under it to start the program, "
          "or to end where that fails: execve"));
}

TEST(Seccomp, ThatWouldStopTheExecIsRefused) {
  EXPECT_EQ(
      plan("allow = read\n"),
      refused(
          "the filter calls does not let through what jailrun itself calls under it to start the program, "
          "or to end where that fails: execve, exit"));
}

TEST(Seccomp, AllFaultsOfItsOptionsAreToldAtOnce) {
  EXPECT_EQ(
      plan("violation = maybe\nallow = read,frob\nallow = write\ndeny = mount,read\nexec = twice\n"),
      refused("test.conf:6: violation: 'maybe' is neither errno, kill, log nor notify; test.conf:7: allow: "
              "'frob' is not a system "
              "call that jailrun knows; test.conf:9: deny: 'read' is both allowed and denied; "
              "test.conf:10: exec: 'twice' is neither any nor once"));
}

TEST(Seccomp, AProfileIsAFilesPathOrAName) {
  EXPECT_EQ(plan("profile = ./x.json\n"),
            refused("test.conf:6: profile: './x.json' is not an absolute path"));
  EXPECT_EQ(plan("profile = frob\n"),
            refused("test.conf:6: profile: 'frob' is neither docker, nor firecracker, nor the name of a "
                    "profile in /etc/jailrun/seccomp/, nor "
                    "an absolute path"));
  EXPECT_EQ(plan("profile = /no/such\n"),
            refused("test.conf:6: profile: open /no/such: No such file or directory"));
}

TEST_F(SeccompFile, OfEachFormatIsRead) {
  EXPECT_NE(
      plan_of(R"({"defaultAction": "SCMP_ACT_LOG", "syscalls": []})").find("others: allowed and logged"),
      std::string::npos);
  EXPECT_NE(plan_of(R"({"main": {"default_action": "trap", "filter_action": "allow", "filter": [
                         {"syscall": "execve"}, {"syscall": "exit"}]}})")
                .find("others: SIGSYS"),
            std::string::npos);
  EXPECT_NE(plan_of("execve: 1\nexit: 1\n").find("others: the program is killed"), std::string::npos);
  EXPECT_EQ(plan_of(std::string("\x06\0\0\0\0\0\xff\x7f", 8)), "enter filter DIR/profile  1 instructions\n");
}

TEST_F(SeccompFile, TellsAllItsFaultsWithTheirLines) {
  EXPECT_EQ(plan_of("read: return x\nfrob: 1\n"),
            refused("DIR/profile:1: 'x' is not an error number: write it as digits; DIR/profile:2: 'frob' is "
                    "not a system call that jailrun knows"));
}

TEST_F(SeccompFile, ThatIsAFilterCantBeChanged) {
  EXPECT_EQ(plan_of(std::string("\x06\0\0\0\0\0\xff\x7f", 8), "deny = bpf\n"),
            refused("DIR/profile is a compiled filter, which --allow, --deny, --violation and "
                    "--native-only can't change"));
}

TEST_F(SeccompFile, ThatOthersCanWriteIsRefused) {
  const std::string path = file("execve: 1\nexit: 1\n", 0646);
  EXPECT_EQ(plan("profile = " + path + "\n"),
            refused("test.conf:6: profile: " + path + " can be written by others than its owner"));
}

TEST(Seccomp, OnlyWhatRestrictsMayFollow) {
  EXPECT_EQ(launch("profile = docker\n", "[close-fds]\n").plan(),
            "refused: test.conf:7: stage close-fds must come before seccomp, which restricts the process\n");
}

TEST(Seccomp, NeedsNoNewPrivilegesOfAProgramThatIsNotRoot) {
  EXPECT_EQ(
      Launch()
          .pipeline(
              "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[drop-privs]\n[seccomp]\nprofile = "
              "docker\n[exec]\nnew-privileges = yes\n")
          .plan_of("seccomp"),
      refused("a filter can't be loaded where the program may gain privileges (new-privileges)"));
}

}  // namespace
}  // namespace jailrun::tests
