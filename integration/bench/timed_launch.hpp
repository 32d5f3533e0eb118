// SPDX-License-Identifier: Apache-2.0
// One launch, timed: from the instant before the fork to the first instruction of the program.
#pragma once

#include "integration/support/command.hpp"

#include <vector>

#include <sys/types.h>

namespace jailrun::integration::bench {

// A launch under way, its stdout a pipe.
class TimedLaunch {
 public:
  // Forks with vfork, as clients' runtimes do, so that the measuring process's own size does not count.
  explicit TimedLaunch(const Strings& argv);
  TimedLaunch(TimedLaunch&& other) noexcept;
  TimedLaunch& operator=(TimedLaunch&&) = delete;
  ~TimedLaunch();

  // The time that the program wrote, in microseconds of the monotonic clock. Throws, with what the launch
  // said, where none comes.
  double first_instruction();
  double began() const { return began_; }
  pid_t pid() const { return pid_; }
  // Waits until nothing of the launch runs: its own process, the program, and in a pid namespace of its
  // own every orphan.
  void end(bool and_orphans = false);

 private:
  [[noreturn]] void fail(const std::string& why);

  Strings argv_;
  double began_ = 0;
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

double now_us();

// Microseconds from the fork to the program's first instruction; the program has exited.
double time_to_program(const Strings& argv, bool and_orphans = false);
// From the fork to the exit, whatever its status: for a launch that is refused.
double time_to_exit(const Strings& argv);
// Outside the measured part: throws unless it exits with 0.
void run_quietly(const Strings& argv);

}  // namespace jailrun::integration::bench
