// SPDX-License-Identifier: Apache-2.0
// What a process forbids itself: what the kernel's answers mean, and that it holds.
#include "core/sys/hardening.hpp"

#include "tests/support/child.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include <linux/prctl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

using State = sys::Support::State;

State speculation(unsigned long state) {
  return sys::speculation_support(PR_SPEC_STORE_BYPASS, static_cast<int>(state)).state;
}
State failed(int error) { return sys::speculation_support(PR_SPEC_STORE_BYPASS, -error).state; }

TEST(Speculation, CanBeStoppedWhereTheKernelSaysSo) {
  EXPECT_EQ(speculation(PR_SPEC_PRCTL | PR_SPEC_ENABLE), State::kThere);
  EXPECT_EQ(speculation(PR_SPEC_PRCTL | PR_SPEC_FORCE_DISABLE), State::kThere);
}

TEST(Speculation, NeedNotBeStoppedWhereThereIsNone) {
  EXPECT_EQ(speculation(PR_SPEC_NOT_AFFECTED), State::kNeedless);
  EXPECT_EQ(speculation(PR_SPEC_DISABLE), State::kNeedless);
}

TEST(Speculation, CantBeStoppedWhereTheHostLetsItRun) {
  EXPECT_EQ(speculation(PR_SPEC_ENABLE), State::kMissing);
  EXPECT_EQ(failed(ENODEV), State::kMissing);
  EXPECT_EQ(failed(EINVAL), State::kMissing);
}

TEST(Speculation, IsStoppedForGood) {
  if (sys::speculation_support(PR_SPEC_STORE_BYPASS).state != State::kThere)
    GTEST_SKIP() << sys::speculation_support(PR_SPEC_STORE_BYPASS).why;
  EXPECT_EQ(in_child([]() -> std::string {
              if (!sys::stop_speculation(PR_SPEC_STORE_BYPASS)) return "not stopped";
              return prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_ENABLE, 0, 0) == 0 ? "back"
                                                                                                     : "gone";
            }),
            "gone");
}

TEST(CoreScheduling, IsNotNeededWhereACoreRunsOneThread) {
  EXPECT_EQ(sys::core_scheduling_support(0, true).state, State::kThere);
  EXPECT_EQ(sys::core_scheduling_support(ENODEV, true).state, State::kNeedless);
  EXPECT_EQ(sys::core_scheduling_support(EINVAL, true).state, State::kMissing);
  EXPECT_EQ(sys::core_scheduling_support(EINVAL, false).state, State::kNeedless);
}

TEST(CoreScheduling, GivesACookie) {
  if (sys::core_scheduling_support().state != State::kThere)
    GTEST_SKIP() << sys::core_scheduling_support().why;
  EXPECT_EQ(in_child([]() -> std::string {
              unsigned long cookie = 0;
              if (!sys::take_core_cookie()) return "not taken";
              constexpr int kSchedCore = 62;
              prctl(kSchedCore, 0, 0, 0, reinterpret_cast<unsigned long>(&cookie));
              return cookie != 0 ? "cookie" : "none";
            }),
            "cookie");
}

bool can_have(int first, int later) {
  void* const memory = mmap(nullptr, 4096, first, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory != MAP_FAILED && mprotect(memory, 4096, later) == 0;
}

TEST(WritableAndExecutableMemory, IsDeniedForGood) {
  if (sys::write_execute_support().state != State::kThere) GTEST_SKIP() << sys::write_execute_support().why;
  EXPECT_EQ(in_child([]() -> std::string {
              constexpr int kBoth = PROT_READ | PROT_WRITE | PROT_EXEC;
              if (!can_have(kBoth, kBoth)) return "never";
              if (!sys::deny_write_execute()) return "not denied";
              if (can_have(kBoth, kBoth) || can_have(PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC))
                return "had";
              return can_have(PROT_READ | PROT_WRITE, PROT_READ) ? "denied" : "too much";
            }),
            "denied");
}

// A terminal of its own, as a session's, and a process that is not its leader.
TEST(Terminal, ThatWasLeftTakesNoInputFromItsProcess) {
  EXPECT_EQ(
      in_child([]() -> std::string {
        int terminal = -1;
        const pid_t leader = forkpty(&terminal, nullptr, nullptr, nullptr);
        if (leader < 0) return "no terminal";
        if (leader == 0) {
          if (!sys::leads_terminal()) _exit(10);
          if (fork() != 0) {
            int status = 0;
            wait(&status);
            _exit(WEXITSTATUS(status));
          }
          Result<UniqueFd> own = sys::open_terminal();
          if (!own || !own.value() || sys::leads_terminal()) _exit(11);
          if (!sys::leave_terminal(own.value().get())) _exit(12);
          if (!sys::leave_terminal(own.value().get())) _exit(13);  // nothing to leave
          if (const Result<UniqueFd> again = sys::open_terminal(); !again || again.value()) _exit(14);
          // Not by a session of its own either: it is another's.
          if (fork() != 0) {
            int status = 0;
            wait(&status);
            _exit(WEXITSTATUS(status));
          }
          setsid();
          if (setresuid(65534, 65534, 65534) != 0 && getuid() == 0) _exit(15);
          _exit(ioctl(STDIN_FILENO, TIOCSCTTY, 0) != 0 && ioctl(STDIN_FILENO, TIOCSTI, "x") != 0 ? 0 : 16);
        }
        int status = -1;
        waitpid(leader, &status, 0);
        close(terminal);
        return std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
      }),
      "0");
}

}  // namespace
}  // namespace jailrun::tests
