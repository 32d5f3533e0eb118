// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/timed_launch.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

double microseconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

int null_device() {
  static const int kDevice = open("/dev/null", O_RDWR | O_CLOEXEC);
  return kDevice;
}

struct Started {
  double began;
  pid_t pid;
};

// Everything is laid out before the clock is read; between it and the exec are four system calls.
Started start(const Strings& words, int out, int err) {
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  static const char* const kEnvironment[] = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root", nullptr};
  auto* const arguments = const_cast<char* const*>(argv.data());
  auto* const environment = const_cast<char* const*>(kEnvironment);
  const int in = null_device();
  const double began = now_us();
  const pid_t pid = vfork();
  if (pid == 0) {
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    execve(arguments[0], arguments, environment);
    _exit(127);
  }
  if (pid < 0) throw std::runtime_error(std::string("can't fork: ") + std::strerror(errno));
  return {began, pid};
}

std::string written_to(int fd) {
  char text[4096];
  const ssize_t size = pread(fd, text, sizeof text, 0);
  return {text, static_cast<size_t>(size > 0 ? size : 0)};
}

int status_of_end(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

double now_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return microseconds(now);
}

TimedLaunch::TimedLaunch(const Strings& argv) : argv_(argv) {
  int ends[2];
  err_ = memfd_create("stderr", MFD_CLOEXEC);
  if (err_ < 0 || pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("can't make a pipe");
  const Started started = start(argv, ends[1], err_);
  close(ends[1]);
  out_ = ends[0];
  began_ = started.began;
  pid_ = started.pid;
}

TimedLaunch::TimedLaunch(TimedLaunch&& other) noexcept
    : argv_(std::move(other.argv_)),
      began_(other.began_),
      pid_(std::exchange(other.pid_, -1)),
      out_(std::exchange(other.out_, -1)),
      err_(std::exchange(other.err_, -1)) {}

TimedLaunch::~TimedLaunch() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    status_of_end(pid_);
  }
  if (out_ >= 0) close(out_);
  if (err_ >= 0) close(err_);
}

void TimedLaunch::fail(const std::string& why) {
  std::string line;
  for (const std::string& word : argv_) line.append(line.empty() ? "" : " ").append(word);
  throw std::runtime_error(line + "\n  " + why + ": " + written_to(err_));
}

double TimedLaunch::first_instruction() {
  constexpr int kPatienceMs = 30000;
  pollfd readable = {out_, POLLIN, 0};
  timespec first{};
  if (poll(&readable, 1, kPatienceMs) != 1) fail("no program after 30 s");
  if (read(out_, &first, sizeof first) != sizeof first) fail("the launch came to no program");
  return microseconds(first);
}

void TimedLaunch::end(bool and_orphans) {
  char byte;
  // Closed by the last process that has it.
  while (read(out_, &byte, 1) < 0 && errno == EINTR) {
  }
  if (pid_ > 0) status_of_end(std::exchange(pid_, -1));
  while (and_orphans && (waitpid(-1, nullptr, 0) > 0 || errno == EINTR)) {
  }
}

double time_to_program(const Strings& argv, bool and_orphans) {
  TimedLaunch launch(argv);
  const double first = launch.first_instruction();
  launch.end(and_orphans);
  return first - launch.began();
}

double time_to_exit(const Strings& argv) {
  const int err = memfd_create("stderr", MFD_CLOEXEC);
  const Started started = start(argv, null_device(), err);
  close(err);
  status_of_end(started.pid);
  return now_us() - started.began;
}

void run_quietly(const Strings& argv) {
  const int err = memfd_create("stderr", MFD_CLOEXEC);
  const int status = status_of_end(start(argv, null_device(), err).pid);
  const std::string said = written_to(err);
  close(err);
  if (status != 0) throw std::runtime_error(argv.front() + " " + argv.back() + ": " + said);
}

}  // namespace jailrun::integration::bench
