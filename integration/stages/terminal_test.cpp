// SPDX-License-Identifier: Apache-2.0
// `terminal = pty`: what the program has for a terminal, and what the terminal of jailrun's caller sees of
// that.
#include "integration/support/jail_test.hpp"
#include "integration/support/shell.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr winsize kSize = {31, 97, 0, 0};

class OwnTerminalTest : public JailTest {
 protected:
  Strings with(const Strings& more = {"--supervise"},
               const std::string& settings = "terminal = pty\n") const {
    Strings options = {
        "--pipeline",  pipeline_with("[pid-namespace]\n[time-limit]\n[process]\n" + settings, "drop-privs"),
        "--arguments", "none",
        "--exec-file", test_file("terminal")};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }

  // Once this has been said, that is done at the caller's terminal: `job` is the supervisor.
  struct Step {
    std::string said;
    std::function<void(int terminal, pid_t job)> act;
  };
  static Step typed(const std::string& said, const std::string& keys) {
    return {said, [keys](int terminal, pid_t) { (void)!write(terminal, keys.data(), keys.size()); }};
  }

  // The launch as the job of a shell that leads the session of a terminal. All that came there, and then
  // what the shell found: the modes of its terminal, how many bytes have been put into it, and the job's end.
  std::string on_terminal(const Strings& options, const Strings& arguments,
                          const std::vector<Step>& steps = {});

  void TearDown() override {
    EXPECT_EQ(list(base()), "");
    (void)run({runner(), "rm", "--host", "--reports"});
    JailTest::TearDown();
  }
};

// The shell: it looks at its terminal before and after.
[[noreturn]] void be_shell(const std::vector<char*>& argv) {
  termios before{};
  tcgetattr(0, &before);
  const pid_t job = start_job(argv);
  dprintf(1, "job %d.\n", job);
  int status = 0;
  waitpid(job, &status, 0);
  signal(SIGTTOU, SIG_IGN);
  tcsetpgrp(0, getpid());
  termios after{};
  tcgetattr(0, &after);
  const bool is_same = before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag &&
                       before.c_lflag == after.c_lflag && before.c_cflag == after.c_cflag;
  // What is in it, whole line or not.
  after.c_lflag &= ~static_cast<tcflag_t>(ICANON);
  tcsetattr(0, TCSANOW, &after);
  int left = 0;
  ioctl(0, FIONREAD, &left);
  dprintf(1, "\nmodes %s, input %d, exit %d.\n", is_same ? "same" : "changed", left,
          WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status));
  _exit(0);
}

std::string OwnTerminalTest::on_terminal(const Strings& options, const Strings& arguments,
                                         const std::vector<Step>& steps) {
  Command job = command(options, arguments);
  const std::vector<char*> argv = argv_of(job.argv);
  int terminal = -1;
  winsize size = kSize;
  const pid_t shell = forkpty(&terminal, nullptr, nullptr, &size);
  if (shell == 0) be_shell(argv);
  std::string said;
  char piece[4096];
  size_t step = 0;
  for (ssize_t read_now = 0; (read_now = read(terminal, piece, sizeof piece)) > 0;) {
    said.append(piece, static_cast<size_t>(read_now));
    for (size_t at = 0; step < steps.size() && (at = said.find(steps[step].said)) != std::string::npos;
         ++step) {
      const size_t number = said.find("job ");
      steps[step].act(terminal, std::stoi(said.substr(number + 4)));
      if (step + 1 < steps.size() && steps[step + 1].said == steps[step].said) break;
    }
  }
  waitpid(shell, nullptr, 0);
  close(terminal);
  return said;
}

TEST_F(OwnTerminalTest, TheProgramLeadsASessionOnATerminalOfItsOwn) {
  for (const Strings& mode :
       {Strings{"--supervise"}, Strings{"--supervise", "--uid", "0", "--gid", "0"},
        Strings{"--supervise", "--new-pid-ns"}, Strings{"--supervise", "--new-pid-ns", "--init"}}) {
    const std::string text = on_terminal(with(mode), {"facts"});
    expect_mentions(
        text, {"terminal 0 1\r\n", "terminal 1 1\r\n", "terminal 2 1\r\n", "name none\r\n", "leads 1\r\n",
               "foreground 1\r\n", "echo 1 output 1\r\n", "modes same, input 0, exit 7."});
  }
}

TEST_F(OwnTerminalTest, KeysAreSignalsOfTheProgramsOwnTerminal) {
  for (const auto& [key, number] : {std::pair{"\x03", SIGINT}, std::pair{"\x1c", SIGQUIT}}) {
    const std::string text = on_terminal(with(), {"keys"}, {typed("ready", key)});
    expect_mentions(text, {"signal " + std::to_string(number), "modes same, input 0, exit 7."});
  }
}

TEST_F(OwnTerminalTest, WhatIsTypedReachesTheProgramAndItsEndToo) {
  const std::string text = on_terminal(with(), {"count"}, {typed("ready", "ab\n\x04")});
  expect_mentions(text, {"ab\r\n", "read 3 bytes, sum 205\r\n", "modes same, input 0, exit 7."});
}

TEST_F(OwnTerminalTest, ItsSizeIsTheCallersAlsoLater) {
  const auto resize = [](unsigned short rows, unsigned short columns) {
    return [=](int terminal, pid_t) {
      const winsize size = {rows, columns, 0, 0};
      ioctl(terminal, TIOCSWINSZ, &size);
    };
  };
  const std::string text = on_terminal(
      with(), {"size"}, {{"size 31 97\r\nready", resize(50, 100)}, {"size 50 100\r\nready", resize(1, 80)}});
  expect_mentions(text, {"size 31 97", "size 50 100", "size 1 80", "modes same, input 0, exit 7."});
}

// TIOCSTI, where the kernel has it: into its own terminal.
TEST_F(OwnTerminalTest, WhatTheProgramTypesIsNotTypedAtTheCallersTerminal) {
  const std::string text = on_terminal(with(), {"type"});
  if (text.find("type EIO") == std::string::npos) {
    expect_mentions(text, {"type yes, and read injected"});
  }
  expect_mentions(text, {"modes same, input 0, exit 7."});
}

TEST_F(OwnTerminalTest, AllThatIsWrittenArrivesBeforeTheLaunchReturns) {
  constexpr int kLines = 20000;
  const std::string text = on_terminal(with(), {"flood", std::to_string(kLines)});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kLines + 3);
  expect_mentions(text, {std::to_string(kLines - 1) + "\r\n", "modes same, input 0, exit 7."});
  // Byte by byte, where it does not go to a terminal.
  const Outcome outcome = launch(with(), {"flood", std::to_string(kLines)});
  EXPECT_EQ(outcome.exit_status, 7) << outcome.err;
  EXPECT_EQ(outcome.out.size(), size_t{kLines} * 100);
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\r'), 0);
}

TEST_F(OwnTerminalTest, WhatComesByAPipeIsTypedAndSoIsItsEnd) {
  Command piped = command(with(), {"count"});
  size_t sum = 0;
  for (int i = 0; i < 3000; ++i) piped.input += "a line that comes by a pipe and is not lost\n";
  for (const char one : piped.input) sum += static_cast<unsigned char>(one);
  const Outcome outcome = run(piped);
  EXPECT_EQ(outcome.exit_status, 7) << outcome.text();
  EXPECT_EQ(outcome.out, "ready\nread " + std::to_string(piped.input.size()) + " bytes, sum " +
                             std::to_string(sum) + "\n");
  piped.input = "no line";
  EXPECT_EQ(run(piped).out, "ready\nread 7 bytes, sum 677\n");
  piped.input = "";
  EXPECT_EQ(run(piped).out, "ready\nread 0 bytes, sum 0\n");
}

TEST_F(OwnTerminalTest, ASignalThatEndsTheProgramGivesTheCallersTerminalBack) {
  const std::string text =
      on_terminal(with(), {"count"}, {{"ready", [](int, pid_t job) { kill(job, SIGTERM); }}});
  expect_mentions(text, {"modes same, input 0, exit " + std::to_string(100 + SIGTERM)});
}

TEST_F(OwnTerminalTest, AProgramThatHasClosedItsStreamsKeepsItsTerminal) {
  expect_mentions(on_terminal(with(), {"close"}), {"still there", "modes same, input 0, exit 7."});
}

// What nobody reads must not keep the supervisor from its work.
TEST_F(OwnTerminalTest, ALimitHoldsWhereTheCallerDoesNotRead) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Command unread = command(with({"--supervise", "--wall", "500ms", "--grace", "200ms"}), {"flood", "100000"});
  unread.in_child = [&] { dup2(ends[1], STDOUT_FILENO); };
  EXPECT_EQ(run(unread).signal, SIGTERM);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(OwnTerminalTest, WhoseReaderHasGoneIsToldThatItsTerminalHas) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  Command unread = command(with(), {"flood", "100000"});
  unread.in_child = [&] { dup2(ends[1], STDOUT_FILENO); };
  EXPECT_EQ(run(unread).signal, SIGHUP);
  close(ends[1]);
}

TEST_F(OwnTerminalTest, WithoutASupervisorOrInASessionItIsRefusedBeforeAnythingIsMade) {
  expect_mentions(refusal(with({})),
                  {"stage process (", ".conf:", "a terminal of its own", "add --supervise"});
  expect_mentions(refusal(with({"--supervise", "--daemonize"})),
                  {"stage process (", "a terminal of its own", "stage daemonize", "leave one out"});
}

TEST_F(OwnTerminalTest, AFailedExecLeavesNothing) {
  Strings options = with();
  *std::find(options.begin(), options.end(), test_file("terminal")) = broken_program();
  expect_mentions(refusal(options), {"exec /broken in jail jail"});
  expect_mentions(on_terminal(options, {}), {"exec /broken in jail jail", "modes same, input 0, exit 1."});
}

}  // namespace
}  // namespace jailrun::integration
