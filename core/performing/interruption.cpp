// SPDX-License-Identifier: Apache-2.0
#include "core/performing/interruption.hpp"

#include "core/performing/guard.hpp"
#include "core/sys/inheritance.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core::interruption {
namespace {

// Those that a user, a service manager, a closed terminal or pipe, or what the caller left behind (a limit on
// files or CPU time, an alarm that is still set: exec keeps them) sends, and that would end the process.
constexpr int kSignals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE,
                            SIGXFSZ, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2};

enum class Phase { kPreparing, kEntering, kExecuting, kDying };

volatile sig_atomic_t first_signal = 0;
volatile Phase phase = Phase::kPreparing;
volatile bool is_limited = false;
rlimit file_size;  // as it was
volatile pid_t child_to_tell = 0;
volatile int signal_to_tell = 0;

void tell_child(int number) {
  if (child_to_tell > 0) kill(child_to_tell, signal_to_tell != 0 ? signal_to_tell : number);
}

void on_signal(int number) {
  const int saved = errno;
  // The kernel may choose the guard's thread, which has the rest of the launch to wait for.
  // That is not asked of the kernel: a filter of the first thread may forbid it.
  if (is_guard()) {
    syscall(SYS_tgkill, getpid(), getpid(), number);
    errno = saved;
    return;
  }
  if (phase == Phase::kDying) _exit(128 + number);
  if (first_signal == 0) first_signal = number;
  if (phase == Phase::kExecuting) siglongjmp(exec_point, 1);
  if (phase == Phase::kPreparing && !is_limited && getrlimit(RLIMIT_FSIZE, &file_size) == 0) {
    const rlimit nothing = {0, file_size.rlim_max};
    is_limited = setrlimit(RLIMIT_FSIZE, &nothing) == 0;
  }
  tell_child(number);
  errno = saved;
}

void lift_limit() {
  if (is_limited) setrlimit(RLIMIT_FSIZE, &file_size);
  is_limited = false;
}

void handle_all(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  // One after the other, so that the first is known.
  for (const int number : kSignals) sigaddset(&action.sa_mask, number);
  for (const int number : kSignals) sigaction(number, &action, nullptr);
}

}  // namespace

void watch() {
  phase = Phase::kPreparing;
  // A plugin's own children must not take part in a launch.
  pthread_atfork(nullptr, nullptr, die_at_once);
  handle_all(on_signal, 0);
}

void end_preparing() {
  phase = Phase::kEntering;
  lift_limit();
}

sigjmp_buf exec_point;

int number() { return first_signal; }

Result<void> check() {
  if (first_signal == 0) return {};
  return system_error(EINTR, "");
}

Error cause_of(Error error) {
  if (first_signal == 0) return error;
  const std::string name = "SIG" + std::string(sigabbrev_np(first_signal));
  // What was too large, or whom it was written to, the action knows best.
  if (error.error_number == EFBIG && first_signal == SIGXFSZ) return error;
  if (error.error_number == EPIPE && first_signal == SIGPIPE) return error;
  return internal_error("the launch was interrupted by " + name);
}

void hand_to(pid_t child, int signal) {
  signal_to_tell = signal;
  child_to_tell = child;
  if (first_signal != 0) tell_child(first_signal);
}

void hand_to_nobody() { child_to_tell = 0; }

void die_at_once() {
  child_to_tell = 0;
  phase = Phase::kDying;
}

bool begin_exec() {
  if (phase == Phase::kEntering) phase = Phase::kExecuting;
  if (first_signal == 0) return true;
  end_exec();
  return false;
}

void end_exec() {
  if (phase == Phase::kExecuting) phase = Phase::kEntering;
}

void hold() {
  sys::unblock_signals();  // those that came while they were blocked are noted now
  end_preparing();
  child_to_tell = 0;
  handle_all([](int) {}, SA_RESTART);
  signal(SIGQUIT, SIG_DFL);
}

void die_of_it() {
  const int number = first_signal;
  if (number == 0) return;
  const rlimit no_core = {0, 0};  // it would say nothing
  setrlimit(RLIMIT_CORE, &no_core);
  signal(number, SIG_DFL);
  sys::unblock_signals();
  kill(getpid(), number);
  _exit(128 + number);
}

}  // namespace jailrun::core::interruption
