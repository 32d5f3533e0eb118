// SPDX-License-Identifier: Apache-2.0
#include "core/performing/guard_process.hpp"

#include "core/base/at_work.hpp"
#include "core/performing/interruption.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// Its only child, which has nothing to wait for.
bool was_started(pid_t between) {
  int status = 0;
  while (waitpid(between, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// A traced process stops where a signal comes to it.
void let_it_have_its_signal(pid_t process) {
  int status = 0;
  if (waitpid(process, &status, __WALL) != process || !WIFSTOPPED(status)) return;
  const bool is_event = status >> 16 != 0;  // of tracing itself
  ptrace(PTRACE_CONT, process, nullptr, is_event ? 0L : static_cast<long>(WSTOPSIG(status)));
}

// Leaves it to be waited for: until then only its tracer sees that it has exited.
void await_traced(pid_t process) {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WSTOPPED | WNOWAIT | __WALL) != 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) return;
    let_it_have_its_signal(process);
  }
}

void await(pid_t process, const UniqueFd& pidfd) {
  constexpr int kMilliseconds = 10;
  pollfd exit = {pidfd.get(), POLLIN, 0};
  while (!sys::has_exited(process)) (void)!poll(&exit, pidfd ? 1 : 0, kMilliseconds);
}

// 0: the end, also where nothing can be read. No error is taken for that at once: the process would wait for ever.
size_t read_some(int reading, char* to, size_t size) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i)
    if (const ssize_t count = read(reading, to, size); count >= 0) return static_cast<size_t>(count);
  return 0;
}

// The first byte of a failure that the process reports; none: it has become the program, or was killed, and then
// leaves a jail that `rm` removes.
std::string await_failure(int reading) {
  char one = kExec;
  while (read_some(reading, &one, 1) == 1)
    if (one != kExec) return {one};
  return {};
}

void read_rest(int reading, std::string& text) {
  char chunk[4096];
  while (const size_t size = read_some(reading, chunk, sizeof chunk)) text.append(chunk, size);
}

// `locked`: what that descriptor is called in the process.
[[noreturn]] void guard(pid_t process, int locked, UniqueFd& reading, const Guarded& work) {
  set_way_out(nullptr);
  // Those of the terminal's come to both: the other one reports them.
  interruption::hold();
  std::string text = await_failure(reading.get());
  if (text.empty()) _exit(0);
  // It waits in a write until all of that is read, and can't have gone.
  const UniqueFd pidfd = sys::open_pidfd(process);
  const bool is_traced = ptrace(PTRACE_SEIZE, process, nullptr, nullptr) == 0;
  if (pidfd) work.locked = UniqueFd(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), locked, 0)));
  read_rest(reading.get(), text);
  reading.reset();
  if (is_traced)
    await_traced(process);
  else
    await(process, pidfd);
  const Result<void> judged = judge_report(text, false, work.explain);
  work.give_up(judged ? internal_error("the program was not started") : judged.error());
  _exit(1);
}

}  // namespace

Result<void> become_beside_guard(const Guarded& work) {
  JR_ASSIGN(Pipe errors, make_pipe());
  // One page: what is written on failure must not fit.
  if (fcntl(errors.writing.get(), F_SETPIPE_SZ, 4096) < 0) return system_error(errno, "make a small pipe");
  const pid_t process = getpid();
  sys::ChildOptions options;
  JR_ASSIGN(const pid_t between, sys::make_child(options));
  if (between == 0) {
    // Here, as the process waits for this: the guard's own closing could come after the program's end.
    const int locked = work.locked.get();
    work.locked.reset();
    const Result<pid_t> made = sys::make_child(options);
    if (!made || made.value() != 0) _exit(made ? 0 : 1);
    errors.writing.reset();
    guard(process, locked, errors.reading, work);
  }
  if (!was_started(between)) return internal_error("the process that guards the launch could not be started");
  errors.reading.reset();
  report_to(errors.writing.get(), true);
  report_crashes_to(reporting_to());
  const auto leave = [&work](const Error& error) {
    if (report_error(error))
      interruption::die_of_it();
    else
      work.is_unguarded(error);
    _exit(1);
  };
  set_way_out(leave);
  leave(interruption::cause_of(work.become().error()));
  return {};
}

}  // namespace jailrun::core
