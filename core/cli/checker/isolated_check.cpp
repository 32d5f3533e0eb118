// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/isolated_check.hpp"

#include "core/sys/fd.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::core::cli::checker {
namespace {

constexpr char kKinds[] = {'o', 'f', 'n'};  // by Verdict; 'a': about to

// The plugin's own output belongs in no report.
void silence_output() {
  const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd < 3; ++fd) dup2(null.get(), fd);
}

[[noreturn]] void run(const IsolatedCheck& check, int fd) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  silence_output();
  // Registered last, so called first: the other handlers are the parent's.
  on_exit([](int status, void*) { _exit(status); }, nullptr);
  const Reporter reporter(fd);
  Outcome outcome;
  try {
    outcome = check(reporter);
  } catch (const std::exception& exception) {
    outcome = failed(std::string("an exception escaped: ") + exception.what());
  } catch (...) {
    outcome = failed("something other than a std::exception was thrown");
  }
  reporter.finish(outcome);
  _exit(0);
}

struct Report {
  std::string step;     // the last that was begun
  char verdict = '\0';  // none
  std::string reason;
};

Report parse_report(const std::string& text) {
  Report report;
  for (size_t at = 0, end = 0; (end = text.find('\0', at)) != std::string::npos; at = end + 1) {
    const std::string message = text.substr(at + 1, end - at - 1);
    if (text[at] == 'a') {
      report.step = message;
    } else {
      report.verdict = text[at];
      report.reason = message;
    }
  }
  return report;
}

// Reads what the process reports until it exits. False if it still runs after `timeout_ms`.
bool read_until_exit(int process, int pipe, int timeout_ms, std::string& text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd fds[] = {{process, POLLIN, 0}, {pipe, POLLIN, 0}};
    const int ready = left.count() > 0 ? poll(fds, 2, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    char chunk[4096];
    for (ssize_t count = 0; (count = read(pipe, chunk, sizeof chunk)) > 0;)
      text.append(chunk, static_cast<size_t>(count));
    if (ready <= 0) return false;
    if (fds[0].revents != 0) return true;
    if ((fds[1].revents & POLLHUP) != 0) pipe = -1;  // closed by the plugin; the process runs on
  }
}

}  // namespace

void Reporter::write(char kind, const std::string& text) const {
  std::string line(1, kind);
  line.append(text.substr(0, text.find('\0'))).push_back('\0');
  (void)!::write(fd_, line.data(), line.size());
}

void Reporter::finish(const Outcome& outcome) const {
  write(kKinds[static_cast<int>(outcome.verdict)], outcome.reason);
}

Outcome run_in_child(const IsolatedCheck& check, int timeout_ms) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return not_done(std::string("pipe: ") + std::strerror(errno));
  const UniqueFd pipe(ends[0]);
  UniqueFd childs_end(ends[1]);
  const pid_t child = fork();
  if (child < 0) return not_done(std::string("fork: ") + std::strerror(errno));
  if (child == 0) run(check, childs_end.get());
  childs_end.reset();
  const UniqueFd process = sys::open_pidfd(child);
  std::string text;
  const bool exited = read_until_exit(process.get(), pipe.get(), timeout_ms, text);
  kill(-child, SIGKILL);  // what the plugin has started, too; its session exists as long as the child does
  kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  const Report report = parse_report(text);
  const std::string where = report.step.empty() ? "" : report.step + ": ";
  if (!exited) return failed(where + "did not finish within " + std::to_string(timeout_ms) + " ms");
  if (WIFSIGNALED(status))
    return failed(where + "was killed by signal " + std::to_string(WTERMSIG(status)) + ", " +
                  strsignal(WTERMSIG(status)));
  for (size_t i = 0; i < sizeof kKinds; ++i)
    if (report.verdict == kKinds[i]) return {static_cast<Verdict>(i), report.reason};
  return failed(where + "the plugin exited the process, with status " + std::to_string(WEXITSTATUS(status)));
}

}  // namespace jailrun::core::cli::checker
