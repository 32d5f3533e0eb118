// SPDX-License-Identifier: Apache-2.0
// Ctrl-Z under --supervise: the shell gets its terminal back, and goes on with the job later.
#include "integration/support/jail_test.hpp"
#include "integration/support/shell.hpp"

#include <string>
#include <vector>

#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

class JobControlTest : public JailTest, public testing::WithParamInterface<Strings> {};

// What a shell would see of its job: that it stopped, and then what it died of.
[[noreturn]] void be_shell(const std::vector<char*>& argv) {
  const pid_t job = start_job(argv);
  int status = 0;
  if (waitpid(job, &status, WUNTRACED) != job || !WIFSTOPPED(status)) _exit(1);
  killpg(job, SIGCONT);
  kill(job, SIGTERM);
  if (waitpid(job, &status, WUNTRACED) != job || WIFSTOPPED(status)) _exit(2);
  // Init exits with a status.
  const int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;
  _exit(number == SIGTERM ? 0 : 3);
}

TEST_P(JobControlTest, CtrlZStopsTheSupervisorWithItsProgram) {
  Command job = command(GetParam(), {"--sleep"});
  const std::vector<char*> argv = argv_of(job.argv);
  int terminal = -1;
  const pid_t shell = forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(shell, 0);
  if (shell == 0) be_shell(argv);
  std::string said;
  bool is_stopped = false;
  char piece[512];
  for (ssize_t size = 0; (size = read(terminal, piece, sizeof piece)) > 0;) {
    said.append(piece, static_cast<size_t>(size));
    if (is_stopped || said.find("end\r\n") == std::string::npos) continue;
    is_stopped = write(terminal, "\x1a", 1) == 1;
  }
  int status = -1;
  EXPECT_EQ(waitpid(shell, &status, 0), shell);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status << ": " << said;
  EXPECT_EQ(list(base()), "");
  close(terminal);
  (void)run({runner(), "rm", "--host", "--reports"});
}

INSTANTIATE_TEST_SUITE_P(Of, JobControlTest,
                         testing::Values(Strings{"--supervise"},
                                         Strings{"--supervise", "--pipeline", pipeline("firecracker.conf"),
                                                 "--new-pid-ns", "--init"}),
                         [](const auto& options) { return options.param.size() == 1 ? "Program" : "Init"; });

}  // namespace
}  // namespace jailrun::integration
