// SPDX-License-Identifier: Apache-2.0
#include "core/performing/children.hpp"

#include "core/sys/fd.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

struct Pipe {
  UniqueFd reading;
  UniqueFd writing;
};

// Between parent and child before the program may begin. A socket, as writing to a pipe whose reader was
// killed would kill the writer too, and then nobody could roll back.
Result<Pipe> make_gate() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return system_error(errno, "make a socket pair");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "make a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Sends an error to the parent, as "STATUS ERRNO SENTENCE". Nothing at all means success: an exec
// closed the pipe.
void report_error(const UniqueFd& writing, const Error& error) {
  const std::string text =
      std::to_string(error.status) + " " + std::to_string(error.error_number) + " " + error.sentence;
  (void)!write(writing.get(), text.data(), text.size());
}

Result<void> read_error(const UniqueFd& reading) {
  constexpr size_t kLongest = 64UL * 1024;
  JR_ASSIGN(const std::string text, sys::read_all(reading.get(), "the child's error", kLongest));
  if (text.empty()) return {};
  char* rest = nullptr;
  const long status = std::strtol(text.c_str(), &rest, 10);
  const long error_number = std::strtol(rest, &rest, 10);
  return Error{static_cast<jr_status>(status), static_cast<int>(error_number),
               *rest == ' ' ? rest + 1 : rest};
}

// The name of a child, in /proc/PID/comm, until it becomes a program.
constexpr const char* kNameBeforeExec = "jailrun-enter";

// A pipe that was closed without an error means that the exec succeeded, or that the child was killed before
// it. The kernel sets the process's new name only after it has closed the pipe, so the name is polled until
// it changes or the child exits.
Result<void> wait_for_exec(pid_t pid) {
  const std::string comm = "/proc/" + std::to_string(pid) + "/comm";
  for (;;) {
    siginfo_t info{};
    const bool exited =
        waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
    const Result<std::string> name = sys::read_small(comm);
    if (!name || name.value() != std::string(kNameBeforeExec) + "\n") return {};
    if (exited) return internal_error("the process that was to become the program was killed before that");
    const timespec moment = {0, 50000};
    nanosleep(&moment, nullptr);
  }
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<pid_t> start_program(const Program& program) {
  JR_ASSIGN(Pipe errors, make_pipe());
  JR_ASSIGN(Pipe gate, make_gate());
  sys::ChildOptions options = program.options;
  JR_ASSIGN(const pid_t pid, sys::make_child(options));
  if (pid == 0) {
    errors.reading.reset();
    gate.writing.reset();
    sys::unblock_signals();
    prctl(PR_SET_NAME, kNameBeforeExec);
    char go = 0;
    // No byte: the parent died, or could not announce this process and has reported that itself.
    if (read(gate.reading.get(), &go, 1) == 1)
      report_error(errors.writing, program.become(options.cgroup >= 0).error());
    _exit(1);
  }
  errors.writing.reset();
  gate.reading.reset();
  Result<void> started = program.announce(pid);
  if (started && send(gate.writing.get(), "g", 1, MSG_NOSIGNAL) != 1)
    started = system_error(errno, "let the child begin");
  gate.writing.reset();
  if (started) started = read_error(errors.reading);
  if (started) started = wait_for_exec(pid);
  if (started) return pid;
  wait_for(pid);
  return std::move(started).error();
}

Result<void> in_new_session(const std::function<Result<void>()>& work, bool leader_execs) {
  JR_ASSIGN(Pipe errors, make_pipe());
  sys::ChildOptions options;
  JR_ASSIGN(const pid_t leader, sys::make_child(options));
  if (leader == 0) {
    prctl(PR_SET_NAME, kNameBeforeExec);
    errors.reading.reset();
    const Result<void> done = setsid() < 0 ? system_error(errno, "make a session") : work();
    if (!done) report_error(errors.writing, done.error());
    _exit(done ? 0 : 1);
  }
  errors.writing.reset();
  Result<void> reported = read_error(errors.reading);
  if (reported && leader_execs) return wait_for_exec(leader);
  const int status = wait_for(leader);
  if (reported && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
    return internal_error("the process that leads the new session was killed");
  return reported;
}

}  // namespace jailrun::core
