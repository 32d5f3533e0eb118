// SPDX-License-Identifier: Apache-2.0
#include "core/performing/children.hpp"

#include "core/base/at_work.hpp"
#include "core/performing/interruption.hpp"
#include "core/performing/reports.hpp"
#include "core/performing/restricted_exec.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/hardening.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// Between parent and child before the program may begin. A socket, as writing to a pipe whose reader was
// killed would kill the writer too, and then nobody could roll back.
Result<Pipe> make_gate() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error(errno, "make a socket pair");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// The pipe is closed in the midst of an exec, when the process still has its old name; callers look for the
// new one. The kernel opens this file, for which no more is needed than to look at the process, only when the
// exec is through. Where there is none, nothing is lost.
void wait_for_end_of_exec(pid_t pid) {
  const UniqueFd unused(open(("/proc/" + std::to_string(pid) + "/auxv").c_str(), O_RDONLY | O_CLOEXEC));
}

// Init's only child, whose number here this process has not been told. 0: unknown.
pid_t child_of(pid_t init) {
  const std::string number = std::to_string(init);
  const Result<std::string> children = sys::read_piece("/proc/" + number + "/task/" + number + "/children");
  return children ? static_cast<pid_t>(std::strtol(children.value().c_str(), nullptr, 10)) : 0;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

ExecFailure execute(const Processes& processes, const char* path, char* const* argv,
                    char* const* environment) {
  // The mask is not restored: what jumps here rolls back, and sets its own.
  if (sigsetjmp(interruption::exec_point, 0) != 0) {
    interruption::end_exec();
    if (processes.denies_time_stamps && processes.filters.empty()) (void)sys::deny_time_stamps(false);
    if (!processes.filters.empty()) leave_filtered(reporting_to(), {EINTR, -1});  // one may be loaded by now
    return {EINTR, -1};
  }
  if (!interruption::begin_exec()) return {EINTR, -1};
  report_exec();
  if (processes.denies_time_stamps && !sys::deny_time_stamps(true)) return {errno, -1};
  const bool is_restricted = !processes.filters.empty() || !processes.rulesets.empty();
  ExecFailure failure = is_restricted ? execute_restricted(processes, reporting_to(), path, argv, environment)
                                      : Processes::just_execute(processes, path, argv, environment);
  failure.is_labelled = processes.is_labelled;
  // The rollback reads clocks.
  if (processes.denies_time_stamps) (void)sys::deny_time_stamps(false);
  interruption::end_exec();
  return failure;
}

Result<pid_t> start_program(const Program& program) {
  JR_ASSIGN(Pipe errors, make_pipe());
  JR_ASSIGN(Pipe gate, make_gate());
  sys::ChildOptions options = program.options;
  JR_ASSIGN(const pid_t pid, sys::make_child(options));
  if (pid == 0) {
    interruption::die_at_once();
    errors.reading.reset();
    gate.writing.reset();
    report_to(errors.writing.get());
    report_crashes_to(reporting_to());
    set_way_out([](const Error& error) {
      report_error(error);
      _exit(1);
    });
    sys::unblock_signals();
    char go = 0;
    // No byte: the parent died, or could not announce this process and has reported that itself.
    if (read(gate.reading.get(), &go, 1) == 1) report_error(program.become(options.cgroup >= 0).error());
    _exit(1);
  }
  interruption::hand_to(pid, SIGKILL);
  errors.writing.reset();
  gate.reading.reset();
  Result<void> started = program.announce(pid);
  if (started && send(gate.writing.get(), "g", 1, MSG_NOSIGNAL) != 1)
    started = system_error(errno, "let the child begin");
  gate.writing.reset();
  if (started) started = read_report(errors.reading, true, program.explain);
  interruption::hand_to_nobody();
  if (started) started = interruption::check();
  if (started) {
    wait_for_end_of_exec(program.has_init ? child_of(pid) : pid);
    return pid;
  }
  // It may have become the program just now, and then wait for answers that nobody gives.
  if (interruption::number() != 0 || program.is_answered) kill(pid, SIGKILL);
  wait_for(pid);
  return std::move(started).error();
}

Result<void> in_new_session(const std::function<Result<void>()>& work, bool leader_execs) {
  JR_ASSIGN(Pipe errors, make_pipe());
  sys::ChildOptions options;
  JR_ASSIGN(const pid_t leader, sys::make_child(options));
  if (leader == 0) {
    errors.reading.reset();
    report_to(errors.writing.get());
    const Result<void> done = setsid() < 0 ? system_error(errno, "make a session") : work();
    if (!done) report_error(done.error());
    _exit(done ? 0 : 1);
  }
  interruption::hand_to(leader, 0);  // it ends the program's process
  errors.writing.reset();
  Result<void> reported = read_report(errors.reading, leader_execs);
  interruption::hand_to_nobody();
  if (reported && leader_execs) return reported;
  const int status = wait_for(leader);
  if (reported && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
    return internal_error("the process that leads the new session was killed");
  return reported;
}

}  // namespace jailrun::core
