// SPDX-License-Identifier: Apache-2.0
#include "core/sys/landlock.hpp"

#include "core/stages/planning.hpp"
#include "tests/support/planning.hpp"

#include <gtest/gtest.h>

namespace jailrun::tests {
namespace {

// On a kernel with ABI 6, unless a test says otherwise.
class Landlock : public testing::Test {
 protected:
  Landlock() {
    core::planning::landlock_abi = [] { return 6; };
  }
  ~Landlock() override { core::planning::landlock_abi = sys::landlock_abi; }
  static Launch launch(const std::string& settings, const std::string& more = "") {
    return Launch().pipeline(
        "[validate-id]\n[chroot-builder]\nchroot-base-dir = /usr\n[devices]\n[drop-privs]\n[landlock]\n" +
        settings + more + "[exec]\n");
  }
  static std::string plan(const std::string& settings) {
    std::string text = launch(settings).plan_of("landlock");
    if (text.compare(0, 22, "enter landlock rules  ") == 0) text.erase(0, 22);
    return text;
  }
  static std::string refused(const std::string& sentence) {
    return "refused: stage landlock: " + sentence + "\n";
  }
};

TEST_F(Landlock, MustBeToldSomething) {
  EXPECT_EQ(plan(""), refused("say what the program may do: --read, --write, --execute, --ioctl, --bind-tcp, "
                              "--connect-tcp or --scope"));
}

TEST_F(Landlock, AllowsTheProgramItselfAndWhatIsNamed) {
  EXPECT_EQ(plan("read = /\n"), "read /, execute+read-file /vmm, no other files  (ABI 6)\n");
  EXPECT_EQ(plan("write = /dev,/dev/net\n"),
            "read+write /dev, read+write /dev/net, execute+read-file /vmm, no other files  (ABI 6)\n");
  EXPECT_EQ(
      plan("execute = /\nioctl = /dev/kvm\n"),
      "read+execute /, read+ioctl+write-file /dev/kvm, execute+read-file /vmm, no other files  (ABI 6)\n");
}

TEST_F(Landlock, NamesAPathThatIsGivenTwiceOnce) {
  EXPECT_EQ(plan("read = /\nwrite = /\n"), "read+write /, execute+read-file /vmm, no other files  (ABI 6)\n");
}

TEST_F(Landlock, MayAllowNoFileButTheProgram) {
  EXPECT_EQ(plan("read = none\n"), "execute+read-file /vmm, no other files  (ABI 6)\n");
}

TEST_F(Landlock, RestrictsPortsAloneAndLeavesFilesFree) {
  EXPECT_EQ(plan("connect-tcp = 443,80\n"),
            "connect port 443, connect port 80, no other TCP connect  (ABI 6)\n");
  EXPECT_EQ(plan("bind-tcp = 0\nconnect-tcp = none\n"), "bind port 0, no other TCP bind+connect  (ABI 6)\n");
}

TEST_F(Landlock, KeepsSignalsAndAbstractSocketsInside) {
  EXPECT_EQ(plan("scope = signals,abstract-sockets\n"),
            "inside the jail alone: abstract sockets+signals  (ABI 6)\n");
}

TEST_F(Landlock, TellsAllThatIsWrongWithItsOptionsAtOnce) {
  EXPECT_EQ(
      plan("read = etc\nwrite = none,/x\nbind-tcp = 65536\nconnect-tcp = http\nscope = all\n"),
      refused("test.conf:7: read: 'etc' is not an absolute path without empty, '.' or '..' components; "
              "test.conf:8: write: none can't be given beside paths; test.conf:9: bind-tcp: '65536' is not a "
              "port from 0 to 65535; test.conf:10: connect-tcp: 'http' is not a port from 0 to 65535; "
              "test.conf:11: scope: 'all' is neither abstract-sockets nor signals"));
  EXPECT_EQ(plan("read = /\nunsupported = maybe\n"),
            refused("test.conf:8: unsupported: 'maybe' is neither fail nor warn"));
}

TEST_F(Landlock, RefusesAPathThatTheJailWillNotHave) {
  EXPECT_EQ(plan("read = /usr\n"),
            refused("a landlock rule names /usr, which is not in the jail: No such file or directory"));
}

TEST_F(Landlock, IsRefusedOnAnOlderKernelUnlessItMayGoWithout) {
  core::planning::landlock_abi = [] { return 4; };
  EXPECT_EQ(
      plan("scope = signals\n"),
      refused("this kernel's Landlock has ABI 4, so this can't be restricted: signals; 'unsupported = warn' "
              "goes without it"));
  EXPECT_EQ(plan("read = /\nunsupported = warn\n"),
            "read /, execute+read-file /vmm, no other files  (ABI 4; not restricted: ioctl on devices)\n");
}

TEST_F(Landlock, StandsRightBeforeTheExecWithOthersOfItsKind) {
  EXPECT_EQ(launch("read = /\n", "[close-fds]\n").plan(),
            "refused: test.conf:8: stage close-fds must come before landlock, which restricts the process\n");
  EXPECT_NE(launch("read = /\n", "[seccomp]\nprofile = docker\n").plan().find("enter seccomp: filter docker"),
            std::string::npos);
}

TEST_F(Landlock, ChangesNothingOfTheRunner) {
  EXPECT_EQ(launch("read = /\nscope = signals\n").strict().plan().find("refused"), std::string::npos);
}

}  // namespace
}  // namespace jailrun::tests
