// SPDX-License-Identifier: Apache-2.0
// Running a program, without a shell: what it is given, and the result.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/types.h>

namespace jailrun::integration {

using Strings = std::vector<std::string>;

struct Command {
  explicit Command(Strings words) : argv(std::move(words)) {}

  Strings argv;  // argv[0] is looked up in PATH where it has no slash
  Strings environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
  std::string input;  // stdin; /dev/null where empty
  // Between fork and exec: a umask, a signal to ignore, a descriptor to inherit.
  std::function<void()> in_child{};
  // Only a hang reaches it, on the slowest machine too.
  std::chrono::seconds time_limit{120};
};

struct Outcome {
  bool timed_out = false;  // and was killed
  int exit_status = -1;    // -1: it died of a signal
  int signal = 0;
  std::string out;
  std::string err;
  rusage usage{};

  bool succeeded() const { return !timed_out && exit_status == 0; }
  // For a failed assertion: << outcome.text()
  std::string text() const;
  // stdout or stderr without its last newline, split.
  Strings out_lines() const;
  Strings err_lines() const;
};

// A program under way. Destroyed, it is killed and waited for.
class Child {
 public:
  explicit Child(const Command& command);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  void send(int signal) const;
  // Waits until stdout holds this line; false where it exited or ran out of time first.
  bool says(const std::string& line);
  // What it has written to stdout so far, says() included.
  const std::string& out_so_far() const { return outcome_.out; }
  // Waits for its end and for the end of both streams.
  Outcome wait();

 private:
  using Clock = std::chrono::steady_clock;
  bool pump(bool wait_for_end);
  void reap();

  pid_t pid_ = -1;
  int pid_fd_ = -1;
  int out_ = -1;
  int err_ = -1;
  Clock::time_point deadline_;
  Outcome outcome_;
};

Outcome run(const Command& command);
inline Outcome run(const Strings& argv) { return run(Command{argv}); }

Strings split_lines(const std::string& text);

}  // namespace jailrun::integration
