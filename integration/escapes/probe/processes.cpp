// SPDX-License-Identifier: Apache-2.0
// Other processes: one on the host that has the program's uid, as another jail's program may.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

namespace escapes {
namespace {

Result signal_it(const Targets& targets) { return by(kill(targets.victim(), SIGCONT)); }

Result trace_it(const Targets& targets) {
  return by(ptrace(PTRACE_SEIZE, targets.victim(), nullptr, nullptr));
}

// By an address that is the same in both, as both are the same static program.
Result read_its_memory(const Targets& targets) {
  static const char kMark[] = "of-the-host-alone, in memory";
  char buffer[sizeof kMark] = {};
  const iovec here = {buffer, sizeof buffer};
  const iovec there = {const_cast<char*>(kMark), sizeof kMark};
  if (process_vm_readv(targets.victim(), &here, 1, &there, 1, 0) < 0) return failed();
  return by_secret(buffer);
}

Result take_its_descriptor(const Targets& targets) {
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, targets.victim(), 0));
  if (pidfd < 0) return failed();
  return by(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

Result find_it(const Targets& targets) { return read_something(targets.of_victim("stat")); }
Result read_its_arguments(const Targets& targets) { return read_secret(targets.of_victim("cmdline")); }
Result read_its_environment(const Targets& targets) { return read_secret(targets.of_victim("environ")); }

// The host's files, through the root of a process that is outside.
Result enter_its_root(const Targets& targets) {
  return read_secret(targets.of_victim("root") + targets.text("file"));
}

Result trace_a_child(const Targets&) {
  const pid_t child = fork();
  if (child < 0) return failed();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const Result result = by(ptrace(PTRACE_SEIZE, child, nullptr, nullptr));
  kill(child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return result;
}

}  // namespace

Probes processes() {
  return {{"signal-another-process", signal_it},
          {"find-another-process", find_it},
          {"read-anothers-arguments", read_its_arguments},
          {"read-anothers-environment", read_its_environment},
          {"enter-anothers-root", enter_its_root},
          {"trace-another-process", trace_it},
          {"read-anothers-memory", read_its_memory},
          {"take-anothers-descriptor", take_its_descriptor},
          {"trace-a-child", trace_a_child}};
}

}  // namespace escapes
