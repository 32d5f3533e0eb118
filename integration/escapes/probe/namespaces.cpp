// SPDX-License-Identifier: Apache-2.0
// New namespaces, in which a program has rights over parts of the kernel that it has nowhere else, and the host's.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace escapes {
namespace {

Result new_user(const Targets&) { return by(unshare(CLONE_NEWUSER)); }
Result new_mount(const Targets&) { return by(unshare(CLONE_NEWNS)); }
Result new_network(const Targets&) { return by(unshare(CLONE_NEWNET)); }
Result new_pid(const Targets&) { return by(unshare(CLONE_NEWPID)); }
Result new_ipc(const Targets&) { return by(unshare(CLONE_NEWIPC)); }

// By clone3, whose flags a filter of system calls can't see.
Result new_user_by_clone3(const Targets&) {
  clone_args arguments{};
  arguments.flags = CLONE_NEWUSER;
  arguments.exit_signal = SIGCHLD;
  const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child < 0) return failed();
  if (child == 0) _exit(0);
  while (waitpid(static_cast<pid_t>(child), nullptr, 0) < 0 && errno == EINTR) {
  }
  return reached();
}

Result join_hosts(const Targets& targets) {
  const int fd = open(targets.of_victim("ns/mnt").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed();
  return by(setns(fd, CLONE_NEWNS));
}

Result join_hosts_by_pidfd(const Targets& targets) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, targets.victim(), 0));
  if (fd < 0) return failed();
  return by(setns(fd, CLONE_NEWNET));
}

}  // namespace

Probes namespaces() {
  return {{"make-a-user-namespace", new_user},        {"make-a-user-namespace-by-clone3", new_user_by_clone3},
          {"make-a-mount-namespace", new_mount},      {"make-a-network-namespace", new_network},
          {"make-a-pid-namespace", new_pid},          {"make-an-ipc-namespace", new_ipc},
          {"join-hosts-mount-namespace", join_hosts}, {"join-hosts-network-by-pidfd", join_hosts_by_pidfd}};
}

}  // namespace escapes
