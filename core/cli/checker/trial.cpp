// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/trial.hpp"

#include "core/sys/fd.hpp"

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

// The plugin's own words belong into no report.
void be_silent() {
  const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd < 3; ++fd) dup2(null.get(), fd);
}

[[noreturn]] void run(const Trial& trial, int fd) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  be_silent();
  // Registered last, so called first: what else would be done at the end is the parent's.
  on_exit([](int status, void*) { _exit(status); }, nullptr);
  const Diary diary(fd);
  Outcome outcome;
  try {
    outcome = trial(diary);
  } catch (const std::exception& exception) {
    outcome = failed(std::string("an exception came out: ") + exception.what());
  } catch (...) {
    outcome = failed("something came out that is no std::exception");
  }
  diary.write(kKinds[static_cast<int>(outcome.verdict)], outcome.reason);
  _exit(0);
}

struct Told {
  std::string deed;     // the last that it was about to do
  char verdict = '\0';  // none
  std::string reason;
};

Told read_diary(const std::string& text) {
  Told told;
  for (size_t at = 0, end = 0; (end = text.find('\0', at)) != std::string::npos; at = end + 1) {
    const std::string said = text.substr(at + 1, end - at - 1);
    if (text[at] == 'a') {
      told.deed = said;
    } else {
      told.verdict = text[at];
      told.reason = said;
    }
  }
  return told;
}

// Until the process has ended, or `patience_ms` are over: then false.
bool wait_for_end(int process, int diary, int patience_ms, std::string& text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd fds[] = {{process, POLLIN, 0}, {diary, POLLIN, 0}};
    const int ready = left.count() > 0 ? poll(fds, 2, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    char chunk[4096];
    for (ssize_t count = 0; (count = read(diary, chunk, sizeof chunk)) > 0;)
      text.append(chunk, static_cast<size_t>(count));
    if (ready <= 0) return false;
    if (fds[0].revents != 0) return true;
    if ((fds[1].revents & POLLHUP) != 0) diary = -1;  // closed by the plugin; the process runs on
  }
}

}  // namespace

void Diary::write(char kind, const std::string& text) const {
  std::string line(1, kind);
  line.append(text.substr(0, text.find('\0'))).push_back('\0');
  (void)!::write(fd_, line.data(), line.size());
}

Outcome in_own_process(const Trial& trial, int patience_ms) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return not_done(std::string("pipe: ") + std::strerror(errno));
  const UniqueFd diary(ends[0]);
  UniqueFd child_diary(ends[1]);
  const pid_t child = fork();
  if (child < 0) return not_done(std::string("fork: ") + std::strerror(errno));
  if (child == 0) run(trial, child_diary.get());
  child_diary.reset();
  const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  std::string text;
  const bool ended = wait_for_end(process.get(), diary.get(), patience_ms, text);
  kill(-child, SIGKILL);  // what the plugin has started, too; its session is there as long as the child is
  kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  const Told told = read_diary(text);
  const std::string where = told.deed.empty() ? "" : told.deed + ": ";
  if (!ended) return failed(where + "was not done after " + std::to_string(patience_ms) + " ms");
  if (WIFSIGNALED(status))
    return failed(where + "ended by signal " + std::to_string(WTERMSIG(status)) + ", " +
                  strsignal(WTERMSIG(status)));
  for (size_t i = 0; i < sizeof kKinds; ++i)
    if (told.verdict == kKinds[i]) return {static_cast<Verdict>(i), told.reason};
  return failed(where + "the plugin ended the process, with status " + std::to_string(WEXITSTATUS(status)));
}

}  // namespace jailrun::core::cli::checker
