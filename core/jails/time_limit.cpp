// SPDX-License-Identifier: Apache-2.0
#include "core/jails/time_limit.hpp"

#include "core/base/message.hpp"
#include "core/sys/files.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// True once the child has exited, and is still there to be waited for.
bool has_ended(int process, int milliseconds) {
  const uint64_t end = sys::microseconds(CLOCK_MONOTONIC) / 1000 + static_cast<uint64_t>(milliseconds);
  for (;;) {
    const uint64_t now = sys::microseconds(CLOCK_MONOTONIC) / 1000;
    pollfd ended = {process, POLLIN, 0};
    const int count = poll(&ended, 1, milliseconds < 0 ? -1 : static_cast<int>(end - std::min(end, now)));
    if (count > 0) return true;
    if (count == 0 || errno != EINTR) return false;
  }
}

// What the child has said of its failure: whole, as it fits into the pipe. A process that it left may keep
// the other end open.
std::string said(int pipe) {
  char text[16384];
  const ssize_t count = read(pipe, text, sizeof text);
  return count <= 0 ? std::string() : std::string(text, static_cast<size_t>(count));
}

}  // namespace

Result<WorkInChild> WorkInChild::start(LimitedWork about, const std::function<Result<void>()>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return system_error(errno, "make a pipe");
  UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return system_error(errno, "make a child process");
  if (child == 0) {
    // It would hold the jail's lock, unseen, after this process has been killed.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
    const Result<void> done = work();
    if (!done) (void)sys::write_all(writing.get(), message(done.error()).substr(0, 16384));
    _exit(done ? 0 : 1);
  }
  WorkInChild started(std::move(about), child);
  started.process_ = sys::open_pidfd(child);
  started.said_ = std::move(reading);
  return started;
}

WorkInChild::WorkInChild(WorkInChild&& other) noexcept
    : about_(std::move(other.about_)),
      child_(std::exchange(other.child_, 0)),
      process_(std::move(other.process_)),
      said_(std::move(other.said_)) {}

WorkInChild::~WorkInChild() {
  if (child_ == 0) return;
  kill(child_, SIGKILL);
  // One that waits in the kernel for ever is not waited for.
  constexpr int kPatience = 1000;
  if (!process_ || has_ended(process_.get(), kPatience)) waitpid(child_, nullptr, 0);
}

bool WorkInChild::ends_within(int milliseconds) const {
  return !process_ || has_ended(process_.get(), milliseconds);
}

Error WorkInChild::too_long(int milliseconds) const {
  return input_error(about_.what + " has not ended after " + std::to_string(milliseconds / 1000) + " s" +
                     about_.remedy);
}

Result<void> WorkInChild::result() {
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (const std::string sentence = said(said_.get()); !sentence.empty()) return input_error(sentence);
  const std::string how =
      WIFSIGNALED(status) ? " ended by signal " + std::to_string(WTERMSIG(status)) : std::string(" failed");
  return input_error(about_.what + how + about_.remedy);
}

}  // namespace jailrun::core
