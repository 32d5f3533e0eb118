// SPDX-License-Identifier: Apache-2.0
#include "integration/support/command.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

std::vector<char*> pointers(Strings& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

// An unnamed file that holds the input: no pipe that could fill up, no thread that would feed it.
int input_file(const std::string& input) {
  if (input.empty()) return open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
      lseek(fd, 0, SEEK_SET) != 0)
    throw std::runtime_error("can't write a program's input below /tmp");
  return fd;
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("can't make a pipe");
  }
};

[[noreturn]] void become(const Command& command, int in, int out, int err) {
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  if (command.in_child) command.in_child();
  Strings argv = command.argv;
  Strings environment = command.environment;
  execvpe(argv[0].c_str(), pointers(argv).data(), pointers(environment).data());
  std::perror(argv[0].c_str());
  _exit(127);
}

// False once the other side has closed it.
bool drain(int fd, std::string& into) {
  char chunk[16384];
  const ssize_t count = read(fd, chunk, sizeof chunk);
  if (count > 0) into.append(chunk, static_cast<size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

void close_if_open(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

}  // namespace

Strings split_lines(const std::string& text) {
  Strings lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Strings Outcome::out_lines() const { return split_lines(out); }
Strings Outcome::err_lines() const { return split_lines(err); }

std::string Outcome::text() const {
  std::string end = timed_out    ? "it did not end in time and was killed"
                    : signal > 0 ? "it died of signal " + std::to_string(signal)
                                 : "it exited with " + std::to_string(exit_status);
  return end + "\n--- stdout\n" + out + "--- stderr\n" + err + "---";
}

Child::Child(const Command& command) : deadline_(Clock::now() + command.time_limit) {
  int in = input_file(command.input);
  Pipe out;
  Pipe err;
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("can't fork");
  if (pid_ == 0) become(command, in, out.ends[1], err.ends[1]);
  close(in);
  close(out.ends[1]);
  close(err.ends[1]);
  out_ = out.ends[0];
  err_ = err.ends[0];
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pid_fd_(std::exchange(other.pid_fd_, -1)),
      out_(std::exchange(other.out_, -1)),
      err_(std::exchange(other.err_, -1)),
      deadline_(other.deadline_),
      outcome_(std::move(other.outcome_)) {}

Child::~Child() {
  if (pid_ > 0) {
    send(SIGKILL);
    reap();
  }
  close_if_open(out_);
  close_if_open(err_);
  close_if_open(pid_fd_);
}

void Child::send(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

// Reads what there is, waiting for it; false where nothing more can come, or time is over.
bool Child::pump(bool wait_for_end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
  if (left <= 0) {
    outcome_.timed_out = true;
    return false;
  }
  pollfd wanted[3] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}, {-1, POLLIN, 0}};
  const bool streams_open = out_ >= 0 || err_ >= 0;
  if (wait_for_end && !streams_open) wanted[2].fd = pid_fd_;
  if (!streams_open && !wait_for_end) return false;
  if (poll(wanted, 3, static_cast<int>(left)) < 0 && errno != EINTR) return false;
  if (wanted[0].revents != 0 && !drain(out_, outcome_.out)) close_if_open(out_);
  if (wanted[1].revents != 0 && !drain(err_, outcome_.err)) close_if_open(err_);
  return wanted[2].revents == 0;
}

bool Child::says(const std::string& line) {
  const auto heard = [&] { return ("\n" + outcome_.out).find("\n" + line + "\n") != std::string::npos; };
  while (!heard() && out_ >= 0)
    if (!pump(false)) break;
  return heard();
}

void Child::reap() {
  int status = 0;
  while (wait4(pid_, &status, 0, &outcome_.usage) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFEXITED(status)) outcome_.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
}

Outcome Child::wait() {
  while (pump(true)) {
  }
  if (outcome_.timed_out) send(SIGKILL);
  if (pid_ > 0) reap();
  return outcome_;
}

Outcome run(const Command& command) { return Child(command).wait(); }

}  // namespace jailrun::integration
