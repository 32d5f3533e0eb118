// SPDX-License-Identifier: Apache-2.0
#include "core/cli/checker/isolated_check.hpp"

#include "core/cli/checker/forbidden_call.hpp"
#include "core/sys/descriptor_message.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::core::cli::checker {
namespace {

constexpr char kKinds[] = {'o', 'f', 'n'};  // by Verdict; 'a': about to

// The plugin's own output belongs in no report. What it prints to stdout is kept, as that is a fault.
void silence_output() {
  const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  const UniqueFd kept(memfd_create("stdout", MFD_CLOEXEC));
  for (int fd = 0; fd < 3; ++fd) dup2(fd == STDOUT_FILENO && kept ? kept.get() : null.get(), fd);
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
  std::string step;      // the last that was begun
  std::string function;  // of the plugin, which runs
  char verdict = '\0';   // none
  std::string reason;
};

Report parse_report(const std::string& text) {
  Report report;
  for (size_t at = 0, end = 0; (end = text.find('\0', at)) != std::string::npos; at = end + 1) {
    const std::string message = text.substr(at + 1, end - at - 1);
    if (text[at] == 'a') {
      report.step = message;
    } else if (text[at] == 'r') {
      report.function = message;
    } else if (text[at] != 'l') {
      report.verdict = text[at];
      report.reason = message;
    }
  }
  return report;
}

// What the child has told.
struct Told {
  std::string text;
  UniqueFd listener;               // of Reporter::hand_over
  std::optional<int> system_call;  // the first that the kernel asked about
};

// Takes what there is to read, and the descriptor that may come with it.
void read_all(int socket, Told& told) {
  for (;;) {
    char chunk[4096];
    sys::DescriptorMessage message(chunk, sizeof chunk);
    const ssize_t count = recvmsg(socket, message.header(), MSG_CMSG_CLOEXEC);
    if (count <= 0) return;
    told.text.append(chunk, static_cast<size_t>(count));
    if (const int fd = message.descriptor(); fd >= 0) told.listener = UniqueFd(fd);
  }
}

// False if the kernel asked about nothing: the process has ended.
bool read_system_call(Told& told) {
  seccomp_notif asked = {};
  if (ioctl(told.listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) return false;
  told.system_call = asked.data.nr;
  return true;
}

// Reads what the process reports until it exits, or is about to make a system call that is forbidden. False
// if it still runs after `timeout_ms`.
bool read_until_exit(int process, int socket, int timeout_ms, Told& told) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd fds[] = {{process, POLLIN, 0}, {socket, POLLIN, 0}, {told.listener.get(), POLLIN, 0}};
    const int ready = left.count() > 0 ? poll(fds, 3, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    read_all(socket, told);
    if (ready <= 0) return false;
    if ((fds[2].revents & POLLIN) != 0 && read_system_call(told)) return true;
    if (fds[0].revents != 0) return true;
    if ((fds[1].revents & POLLHUP) != 0) socket = -1;  // closed by the plugin; the process runs on
    if ((fds[2].revents & (POLLHUP | POLLERR)) != 0) told.listener.reset();
  }
}

}  // namespace

void Reporter::write(char kind, const std::string& text, int with_fd) const {
  std::string line(1, kind);
  line.append(text.substr(0, text.find('\0'))).push_back('\0');
  sys::DescriptorMessage message(line.data(), line.size(), with_fd);
  was_written_ = sendmsg(fd_, message.header(), MSG_NOSIGNAL) > 0;
}

bool Reporter::hand_over(int listener) const {
  write('l', "", listener);
  return was_written_;
}

void Reporter::finish(const Outcome& outcome) const {
  write(kKinds[static_cast<int>(outcome.verdict)], outcome.reason);
}

Outcome run_in_child(const IsolatedCheck& check, int timeout_ms) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return not_done(std::string("socketpair: ") + std::strerror(errno));
  const UniqueFd socket(ends[0]);
  UniqueFd childs_end(ends[1]);
  std::fflush(stdout);  // what this process has printed must not look like the plugin's
  const pid_t child = fork();
  if (child < 0) return not_done(std::string("fork: ") + std::strerror(errno));
  if (child == 0) run(check, childs_end.get());
  childs_end.reset();
  const UniqueFd process = sys::open_pidfd(child);
  Told told;
  const bool exited = read_until_exit(process.get(), socket.get(), timeout_ms, told);
  kill(-child, SIGKILL);  // what the plugin has started, too; its session exists as long as the child does
  kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  const Report report = parse_report(told.text);
  const std::string where = report.step.empty() ? "" : report.step + ": ";
  if (!exited) return failed(where + "did not finish within " + std::to_string(timeout_ms) + " ms");
  if (told.system_call) return failed(where + forbidden_call(report.function, *told.system_call));
  if (WIFSIGNALED(status))
    return failed(where + "was killed by signal " + std::to_string(WTERMSIG(status)) + ", " +
                  strsignal(WTERMSIG(status)) +
                  (WTERMSIG(status) == SIGSYS
                       ? ": it made a system call that changes the host with all signals "
                         "blocked, as fork, system and posix_spawn do"
                       : ""));
  for (size_t i = 0; i < sizeof kKinds; ++i)
    if (report.verdict == kKinds[i]) return {static_cast<Verdict>(i), report.reason};
  return failed(where + "the plugin exited the process, with status " + std::to_string(WEXITSTATUS(status)));
}

}  // namespace jailrun::core::cli::checker
