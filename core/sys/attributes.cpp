// SPDX-License-Identifier: Apache-2.0
#include "core/sys/attributes.hpp"

#include <cerrno>

#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// Who possesses the caller's keyring reads root's keys and adds its own, whatever its uid. The new one is
// made by root and charged to root: a uid has 200 keys, which as many jails would use up. The program
// possesses it, so it may search it and add keys; other processes of its uid may not.
Result<void> leave_session_keyring() {
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) >= 0) return {};
  // A kernel without keyrings; or a container's filter, which forbids them to the program too.
  if (errno == ENOSYS || errno == EPERM) return {};
  return system_error(errno, "make a session keyring for the program");
}

// Locked bits can't be changed, and where one is to be, none is; who locked them meant them to stay.
void clear_securebits() {
  const int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
  if (bits <= 0) return;
  const int locks = bits & SECURE_ALL_LOCKS;  // each follows the bit that it locks
  prctl(PR_SET_SECUREBITS, locks | (bits & locks >> 1), 0, 0, 0);
}

// A program that never sleeps would keep its CPUs from everybody else.
Result<void> leave_real_time() {
  constexpr int kDeadline = 6;  // SCHED_DEADLINE, which glibc does not name
  const long policy = syscall(SYS_sched_getscheduler, 0) & ~SCHED_RESET_ON_FORK;
  const sched_param none = {};
  if ((policy == SCHED_FIFO || policy == SCHED_RR || policy == kDeadline) &&
      syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none) != 0)
    return system_error(errno, "leave the caller's real-time scheduling policy");
  const long priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
  if (priority > 0 && IOPRIO_PRIO_CLASS(priority) == IOPRIO_CLASS_RT &&
      syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0) != 0)
    return system_error(errno, "leave the caller's real-time I/O class");
  return {};
}

}  // namespace

void stop_timers() {
  const itimerval none = {};
  for (const auto which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) setitimer(which, &none, nullptr);
}

Result<void> reset_attributes() {
  JR_TRY(leave_session_keyring());
  clear_securebits();
  // Without it a caller's setarch would take address space randomization from the program, or make all of its
  // memory executable.
  personality(PER_LINUX);
  return leave_real_time();
}

}  // namespace jailrun::sys
