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
// killed would kill the writer too, and with it whoever could take the launch back.
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

// An error's way to the parent: "STATUS ERRNO SENTENCE". Nothing at all means success: an exec closed the
// pipe.
void tell(const UniqueFd& writing, const Error& error) {
  const std::string text =
      std::to_string(error.status) + " " + std::to_string(error.error_number) + " " + error.sentence;
  (void)!write(writing.get(), text.data(), text.size());
}

Result<void> listen(const UniqueFd& reading) {
  constexpr size_t kLongest = 64UL * 1024;
  JR_ASSIGN(const std::string text, sys::read_all(reading.get(), "what the child has to say", kLongest));
  if (text.empty()) return {};
  char* rest = nullptr;
  const long status = std::strtol(text.c_str(), &rest, 10);
  const long error_number = std::strtol(rest, &rest, 10);
  return Error{static_cast<jr_status>(status), static_cast<int>(error_number),
               *rest == ' ' ? rest + 1 : rest};
}

// What a child of this file calls itself until it becomes a program.
constexpr const char* kNameBeforeExec = "jailrun-enter";

// A pipe that closed without a word means an exec that succeeded, or a child that was killed before it. The
// kernel gives the process its new name only after it closed the pipe, so the old name is looked at until it
// changes or the child ends.
Result<void> see_exec(pid_t pid) {
  const std::string comm = "/proc/" + std::to_string(pid) + "/comm";
  for (;;) {
    siginfo_t info{};
    const bool ended =
        waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
    const Result<std::string> name = sys::read_small(comm);
    if (!name || name.value() != std::string(kNameBeforeExec) + "\n") return {};
    if (ended) return internal_error("the process that was to become the program was killed before it could");
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
  JR_ASSIGN(Pipe news, make_pipe());
  JR_ASSIGN(Pipe gate, make_gate());
  sys::Birth birth = program.birth;
  JR_ASSIGN(const pid_t pid, sys::make_child(birth));
  if (pid == 0) {
    news.reading.reset();
    gate.writing.reset();
    sys::unblock_signals();
    prctl(PR_SET_NAME, kNameBeforeExec);
    char go = 0;
    // Not a byte: the parent died, or could not announce this process and has said so itself.
    if (read(gate.reading.get(), &go, 1) == 1) tell(news.writing, program.become(birth.cgroup >= 0).error());
    _exit(1);
  }
  news.writing.reset();
  gate.reading.reset();
  Result<void> started = program.announce(pid);
  if (started && send(gate.writing.get(), "g", 1, MSG_NOSIGNAL) != 1)
    started = system_error(errno, "let the program go");
  gate.writing.reset();
  if (started) started = listen(news.reading);
  if (started) started = see_exec(pid);
  if (started) return pid;
  wait_for(pid);
  return std::move(started).error();
}

Result<void> in_new_session(const std::function<Result<void>()>& work, bool leader_stays) {
  JR_ASSIGN(Pipe news, make_pipe());
  sys::Birth birth;
  JR_ASSIGN(const pid_t leader, sys::make_child(birth));
  if (leader == 0) {
    prctl(PR_SET_NAME, kNameBeforeExec);
    news.reading.reset();
    const Result<void> done = setsid() < 0 ? system_error(errno, "make a session") : work();
    if (!done) tell(news.writing, done.error());
    _exit(done ? 0 : 1);
  }
  news.writing.reset();
  Result<void> told = listen(news.reading);
  if (told && leader_stays) return see_exec(leader);
  const int status = wait_for(leader);
  if (told && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
    return internal_error("the process that leads the new session was killed");
  return told;
}

}  // namespace jailrun::core
