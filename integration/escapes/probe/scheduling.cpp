// SPDX-License-Identifier: Apache-2.0
// The processor's time, and how the kernel treats the process: what the program could do to its neighbours.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace escapes {
namespace {

Result slow_another(const Targets& targets) {
  errno = 0;
  const int before = getpriority(PRIO_PROCESS, static_cast<id_t>(targets.victim()));
  if (errno != 0) return failed();
  return by(setpriority(PRIO_PROCESS, static_cast<id_t>(targets.victim()), before + 1));
}

Result raise_priority(const Targets&) {
  return by(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) - 1));
}

Result run_in_real_time(const Targets&) {
  const sched_param lowest = {1};
  return by(sched_setscheduler(0, SCHED_FIFO, &lowest));
}

Result choose_a_processor(const Targets&) {
  cpu_set_t all;
  if (sched_getaffinity(0, sizeof all, &all) != 0) return failed();
  cpu_set_t one;
  CPU_ZERO(&one);
  size_t first = 0;
  while (first + 1 < CPU_SETSIZE && !CPU_ISSET(first, &all)) ++first;
  CPU_SET(first, &one);
  return by(sched_setaffinity(0, sizeof one, &one));
}

Result read_ahead_of_others(const Targets&) {
  return by(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 4)));
}

Result change_personality(const Targets&) {
  if (personality(ADDR_NO_RANDOMIZE) < 0) return failed();
  return by(personality(0xffffffff) == ADDR_NO_RANDOMIZE ? 0 : -1);
}

Result dump_core(const Targets&) {
  const std::string directory = writable_directory();
  if (directory.empty() || chdir(directory.c_str()) != 0) return failed();
  const pid_t child = fork();
  if (child < 0) return failed();
  if (child == 0) {
    rlimit size{};
    getrlimit(RLIMIT_CORE, &size);
    size.rlim_cur = size.rlim_max;
    setrlimit(RLIMIT_CORE, &size);
    signal(SIGABRT, SIG_DFL);
    std::abort();
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  for (const std::string& name : {std::string("core"), "core." + std::to_string(child)}) unlink(name.c_str());
  return WIFSIGNALED(status) && WCOREDUMP(status) ? reached() : blocked("no core is written");
}

// As a fork bomb does. They share the memory of this process, so that two thousand cost little; all of them
// end when the one end of a pipe is closed that they wait for.
int wait_for_end(void* ends) {
  const int* const pipe_ends = static_cast<const int*>(ends);
  close(pipe_ends[1]);
  char nothing;
  return read(pipe_ends[0], &nothing, 1) == 0 ? 0 : 1;
}

Result make_processes(const Targets&) {
  constexpr size_t kMany = 2000;
  constexpr size_t kStack = 4096;
  int ends[2];
  if (pipe(ends) != 0) return failed();
  signal(SIGCHLD, SIG_IGN);  // so that none remains, not even where it can't be waited for
  std::vector<char> stacks(kMany * kStack);
  std::vector<pid_t> made;
  Result result = reached();
  while (result.reached && made.size() < kMany) {
    const pid_t child =
        clone(wait_for_end, stacks.data() + (made.size() + 1) * kStack, CLONE_VM | SIGCHLD, ends);
    if (child < 0)
      result = failed();
    else
      made.push_back(child);
  }
  close(ends[1]);
  // Those that outlived this process would be left to others, and count for the next jail of this uid.
  for (const pid_t child : made)
    while (syscall(SYS_tgkill, child, child, 0) == 0) usleep(100);
  if (!result.reached) result.detail += " after " + std::to_string(made.size());
  return result;
}

}  // namespace

Probes scheduling() {
  return {{"slow-another-process", slow_another},
          {"raise-its-priority", raise_priority},
          {"run-in-real-time", run_in_real_time},
          {"choose-its-processor", choose_a_processor},
          {"read-disks-in-real-time", read_ahead_of_others},
          {"change-its-personality", change_personality},
          {"dump-core", dump_core},
          {"make-two-thousand-processes", make_processes}};
}

}  // namespace escapes
