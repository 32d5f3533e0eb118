#include "core/perform.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "core/guard.hpp"
#include "core/ledger.hpp"
#include "core/log.hpp"
#include "core/message.hpp"
#include "core/release.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

namespace jailrun::core {
namespace {

bool is(const Action& action, std::string_view verb) { return action.verb() == verb; }

class Performer {
 public:
  explicit Performer(Performance& performance) : p_(performance), ledger_(performance.site) { p_.site.slots = &ledger_; }

  Result<void> run() {
    const bool forks = has_session();
    Result<void> done = prepare(forks);
    if (done && forks) done = run_in_child();
    if (done && !forks) done = run_in_place();
    if (!done) take_back();
    return done;
  }

 private:
  bool has_session() const {
    for (const auto& action : p_.plan.enter())
      if (is(*action, "session")) return true;
    return false;
  }

  Result<void> perform(Action& action) {
    Result<void> done = action.perform(p_.site);
    p_.timings.charge(action.stage(), Timings::kPerform);
    if (!done) return std::move(done).error().within(subject(action) + " in jail " + p_.site.jail.id);
    return done;
  }

  Result<void> prepare(bool forks) {
    p_.site.program_pid = getpid();
    for (const auto& action : p_.plan.prepare()) {
      if (forks && is(*action, "pid-file")) continue;  // the child's pid is not known yet
      JR_TRY(perform(*action));
      if (is(*action, "claim")) JR_TRY(ledger_.note_process(getpid()));
    }
    return {};
  }

  Result<void> enter() {
    for (const auto& action : p_.plan.enter()) {
      if (is(*action, "exec")) p_.before_exec();
      JR_TRY(perform(*action));
    }
    return internal_error("the plan ended without an exec");
  }

  Result<void> run_in_place() {
    JR_TRY(start_guard([this] {
      take_back();
      p_.report(failure_);
    }));
    Result<void> entered = enter();
    failure_ = std::move(entered).error();
    give_up();
  }

  // The caller keeps the host's view and its privileges, so it is the one who can take back; it waits for the exec.
  Result<void> run_in_child() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "make a pipe");
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    JR_ASSIGN(const pid_t session_leader, sys::make_child());
    if (session_leader == 0) {
      lead_session(writing.get());
      _exit(0);
    }
    writing.reset();
    Result<void> told = listen(reading.get());
    int status = 0;
    while (waitpid(session_leader, &status, 0) < 0 && errno == EINTR) {
    }
    if (told && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
      return internal_error("the process that leads the new session died");
    return told;
  }

  // In the first child. The program runs in a child of this one: not a session leader, it can't acquire a terminal.
  void lead_session(int writing) {
    const auto lead = [&]() -> Result<void> {
      if (setsid() < 0) return system_error(errno, "make a session");
      int gate[2];
      if (pipe2(gate, O_CLOEXEC) != 0) return system_error(errno, "make a pipe");
      const UniqueFd gate_out(gate[0]);
      UniqueFd gate_in(gate[1]);
      JR_ASSIGN(const pid_t program, sys::make_child());
      if (program == 0) {
        gate_in.reset();
        char go = 0;
        // Not a byte: the parent died before the pid file was complete, and has said why.
        if (read(gate_out.get(), &go, 1) != 1) _exit(1);
        tell(writing, enter().error());
        _exit(1);
      }
      p_.site.program_pid = program;
      JR_TRY(ledger_.note_process(program));
      for (const auto& action : p_.plan.prepare())
        if (is(*action, "pid-file")) JR_TRY(perform(*action));
      if (write(gate_in.get(), "g", 1) != 1) return system_error(errno, "let the program go");
      return {};
    };
    const Result<void> led = lead();
    if (led) return;
    tell(writing, led.error());
    _exit(1);
  }

  // An error's way from a child to the caller: "STATUS ERRNO SENTENCE"; nothing at all means that the exec succeeded,
  // which closed the pipe.
  static void tell(int writing, const Error& error) {
    const std::string text =
        std::to_string(error.status) + " " + std::to_string(error.error_number) + " " + error.sentence;
    (void)!write(writing, text.data(), text.size());
  }

  static Result<void> listen(int reading) {
    std::string text;
    char chunk[1024];
    for (;;) {
      const ssize_t count = read(reading, chunk, sizeof chunk);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      text.append(chunk, static_cast<size_t>(count));
    }
    if (text.empty()) return {};
    char* rest = nullptr;
    const long status = std::strtol(text.c_str(), &rest, 10);
    const long error_number = std::strtol(rest, &rest, 10);
    return Error{static_cast<jr_status>(status), static_cast<int>(error_number), std::string(*rest == ' ' ? rest + 1 : rest)};
  }

  void take_back() {
    for (const Error& left : release(p_.plan, p_.site)) log::warning("left behind: " + message(left));
  }

  Performance& p_;
  LedgerWriter ledger_;
  Error failure_;
};

}  // namespace

Result<void> perform(Performance& performance) { return Performer(performance).run(); }

}  // namespace jailrun::core
