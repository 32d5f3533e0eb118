// SPDX-License-Identifier: Apache-2.0
#include "core/sys/scheduling.hpp"

#include "core/sys/fd.hpp"

#include <cerrno>
#include <charconv>
#include <string>

#include <fcntl.h>
#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// By the descriptor: that path leads into the jail by now. "self" is whoever asks.
Result<UniqueFd> open_oom_score(int proc, int flags) {
  UniqueFd file(openat(proc, "self/oom_score_adj", flags | O_CLOEXEC));
  if (!file) return system_error(errno, "open /proc/self/oom_score_adj");
  return file;
}

Result<int> read_oom_score(const UniqueFd& file) {
  char text[16];
  const ssize_t size = pread(file.get(), text, sizeof text, 0);
  int score = 0;
  if (size <= 0 || std::from_chars(text, text + size, score).ec != std::errc())
    return system_error(size < 0 ? errno : EIO, "read /proc/self/oom_score_adj");
  return score;
}

}  // namespace

Result<int> nice_value() {
  // The kernel's own answer is from 1 to 40, so that none is an error.
  constexpr int kZero = 20;
  const long answer = syscall(SYS_getpriority, PRIO_PROCESS, 0);
  if (answer < 0) return system_error(errno, "ask for the nice value");
  return kZero - static_cast<int>(answer);
}

Result<int> set_nice_value(int value) {
  JR_ASSIGN(const int previous, nice_value());
  if (syscall(SYS_setpriority, PRIO_PROCESS, 0, value) != 0) return system_error(errno, "");
  return previous;
}

Result<Policy> set_policy(const Policy& policy) {
  Policy previous;
  sched_param parameters = {};
  // With the bit SCHED_RESET_ON_FORK, if it is set: setting takes it, too.
  previous.policy = static_cast<int>(syscall(SYS_sched_getscheduler, 0));
  if (previous.policy < 0 || syscall(SYS_sched_getparam, 0, &parameters) != 0)
    return system_error(errno, "ask for the scheduling policy");
  previous.priority = parameters.sched_priority;
  parameters.sched_priority = policy.priority;
  if (syscall(SYS_sched_setscheduler, 0, policy.policy, &parameters) != 0)
    return system_error(errno,
                        errno == EPERM && policy.priority != 0
                            ? "the process's cpu cgroup may have no real-time budget (cpu.rt_runtime_us)"
                            : "");
  return previous;
}

int io_priority(int io_class, int level) { return io_class << IOPRIO_CLASS_SHIFT | level; }

Result<int> callers_io_priority() {
  const long priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
  if (priority < 0) return system_error(errno, "ask for the I/O priority");
  return static_cast<int>(priority);
}

Result<int> set_io_priority(int priority) {
  JR_ASSIGN(const int previous, callers_io_priority());
  if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, priority) != 0) return system_error(errno, "");
  return previous;
}

Result<cpu_set_t> set_cpus(const cpu_set_t& cpus) {
  cpu_set_t previous;
  CPU_ZERO(&previous);
  if (syscall(SYS_sched_getaffinity, 0, sizeof previous, &previous) < 0)
    return system_error(errno, "ask for the CPU affinity");
  if (syscall(SYS_sched_setaffinity, 0, sizeof cpus, &cpus) != 0)
    return system_error(errno, errno == EINVAL ? "none of these CPUs is in the process's cpuset" : "");
  return previous;
}

Result<int> oom_score(int proc) {
  JR_ASSIGN(const UniqueFd file, open_oom_score(proc, O_RDONLY));
  return read_oom_score(file);
}

Result<int> set_oom_score(int proc, int score) {
  JR_ASSIGN(const UniqueFd file, open_oom_score(proc, O_RDWR));
  JR_ASSIGN(const int previous, read_oom_score(file));
  const std::string text = std::to_string(score);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return system_error(errno, "write /proc/self/oom_score_adj");
  return previous;
}

}  // namespace jailrun::sys
