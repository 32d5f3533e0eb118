// SPDX-License-Identifier: Apache-2.0
// How long a supervised program may run. It is kept by the supervisor and not by a process of the jail: the
// program could stop, slow down or kill one that has its uid.
#pragma once

#include "core/supervisor/text.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

namespace jailrun::supervisor {

class TimeLimit {
 public:
  TimeLimit(long long wall_ms, long long grace_ms, long long cpu_s)
      : wall_ms_(wall_ms),
        grace_ms_(grace_ms),
        cpu_s_(cpu_s),
        next_ms_(wall_ms == 0 ? 0 : now_ms() + wall_ms) {}

  // For poll(2): until there is something to do.
  int timeout_ms() const {
    if (next_ms_ == 0) return -1;
    constexpr long long kMost = 24LL * 3600 * 1000;  // an int holds that, in milliseconds
    const long long left = next_ms_ - now_ms();
    return static_cast<int>(left < 0 ? 0 : left < kMost ? left : kMost);
  }

  enum class Due { kNothing, kAsk, kKill, kForce };

  // What is to be done now; each once.
  Due due() {
    if (next_ms_ == 0 || now_ms() < next_ms_) return Due::kNothing;
    constexpr long long kPatience_ms = 1000;
    switch (done_) {
      case Due::kNothing:
        done_ = Due::kAsk;
        next_ms_ = now_ms() + grace_ms_;
        return done_;
      case Due::kAsk:
        done_ = Due::kKill;
        next_ms_ = now_ms() + kPatience_ms;
        return done_;
      default: next_ms_ = 0; return Due::kForce;
    }
  }

  // Adds why the program has ended, as it did: nothing where that was not a limit.
  bool add_reason(int status, const rusage& usage, Text& text) const {
    if (done_ != Due::kNothing) {
      add_wall(text);
      return true;
    }
    if (cpu_s_ == 0 || !is_end_by_cpu_limit(status, usage)) return false;
    text.add("CPU time limit of ", cpu_s_).add(" s reached");
    return true;
  }

  void add_wall(Text& text) const {
    const bool is_whole = wall_ms_ % 1000 == 0;
    text.add("time limit of ", is_whole ? wall_ms_ / 1000 : wall_ms_).add(is_whole ? " s" : " ms");
    text.add(" reached");
  }

 private:
  bool is_end_by_cpu_limit(int status, const rusage& usage) const {
    // Init, between this process and the program, exits with 128 + the signal's number.
    const int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;
    if (number == SIGXCPU) return true;
    // Anybody may have sent that one. The kernel counts by ticks for the limit, and exactly here.
    constexpr long long kDifference_us = 500000;
    const long long limit_us = cpu_s_ * 1000000 + (grace_ms_ + 999) / 1000 * 1000000;
    return number == SIGKILL && used_us(usage) + kDifference_us >= limit_us;
  }
  static long long used_us(const rusage& usage) {
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
  }
  static long long now_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
  }

  long long wall_ms_;
  long long grace_ms_;
  long long cpu_s_;
  long long next_ms_;  // 0: never
  Due done_ = Due::kNothing;
};

}  // namespace jailrun::supervisor
