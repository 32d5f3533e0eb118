// SPDX-License-Identifier: Apache-2.0
#include "core/performing/perform.hpp"

#include "core/actions/process/exec.hpp"
#include "core/actions/process/filter.hpp"
#include "core/actions/process/init.hpp"
#include "core/actions/process/terminal.hpp"
#include "core/actions/process/time_limit.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/base/at_work.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/ledger/write.hpp"
#include "core/performing/alternatives.hpp"
#include "core/performing/children.hpp"
#include "core/performing/guard.hpp"
#include "core/performing/guard_process.hpp"
#include "core/performing/interruption.hpp"
#include "core/performing/release.hpp"
#include "core/performing/restricted_exec.hpp"
#include "core/performing/return_ticket.hpp"
#include "core/performing/supervision.hpp"
#include "core/sys/attributes.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/lifted_limits.hpp"

#include <cerrno>

#include <sched.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

class Performer {
 public:
  Performer(const Plan& plan, Launch& launch, const PerformOptions& options)
      : plan_(plan), launch_(launch), options_(options), ledger_(launch) {
    launch_.slots = &ledger_;
  }

  Result<void> run() {
    interruption::watch();
    launch_.processes.execute = execute;
    note_crash_leaves(launch_.jail.name.id);
    set_way_out([this](const Error& error) {
      roll_back();
      options_.report(error);
      _exit(1);
    });
    Result<void> done = prepare();
    interruption::end_preparing();
    if (done) done = interruption::check();
    if (done) done = has_child() ? run_in_child() : run_in_place();
    if (done) return done;
    roll_back();
    return interruption::cause_of(std::move(done).error());
  }

 private:
  bool has_session() const { return plan_.enters_with(kNewSession); }
  bool has_pid_namespace() const { return plan_.enters_with(kNewPidNamespace); }
  bool has_init() const { return !plan_.entering<InitAction>().empty(); }
  // The program is another process than this one.
  bool has_child() const { return options_.supervised || has_session() || has_pid_namespace(); }

  Result<void> perform(Action& action) {
    const bool is_logged = log::is_on(JR_LOG_DEBUG);
    const uint64_t began = is_logged ? sys::microseconds(CLOCK_MONOTONIC) : 0;
    const log::Scope scope(action.stage(), action.verb());
    // The last, which does not return.
    if (is_logged && action.has(kStartsProgram)) log::debug("performing " + subject(action));
    Result<void> done = action.perform(launch_);
    if (!done) scope.fail();
    if (is_logged)
      log::debug(subject(action) + (done ? " took " : " failed after ") +
                 std::to_string(sys::microseconds(CLOCK_MONOTONIC) - began) + " us");
    options_.timings.charge(action.stage(), Timings::kPerform);
    if (!done) return std::move(done).error().within(subject(action) + " in jail " + launch_.jail.name.id);
    return done;
  }

  Result<void> prepare() {
    const bool forks = has_child();
    launch_.processes.start_cpu_us = sys::start_times().cpu_us;
    launch_.processes.program = getpid();
    const Plan::Actions& actions = plan_.prepare();
    const auto perform_one = [this](Action& action) { return perform(action); };
    for (size_t at = 0; at < actions.size();) {
      if (actions[at]->choice() != nullptr) {
        JR_TRY(perform_first_of(actions, at, launch_, perform_one));
        continue;
      }
      const std::unique_ptr<Action>& action = actions[at++];
      if (forks && action->has(kNeedsProgramPid)) continue;  // the child's pid is not known yet
      JR_TRY(interruption::check());
      if (action->has(kClaims))
        JR_TRY(LedgerWriter::name_process(launch_.processes.program, launch_.ledger_text));
      JR_TRY(perform(*action));
    }
    return {};
  }

  // In the process that becomes the program.
  Result<void> enter() {
    JR_TRY(sys::reset_attributes());
    const Plan::Actions& actions = plan_.enter();
    const size_t sealed = first_that_opens_nothing();
    for (size_t at = 0; at < actions.size(); ++at) {
      // Whoever opened it, a plugin too. Nothing is opened from here on, and what forbids system calls comes
      // later.
      if (at == sealed && !sys::close_on_exec_all_but(launch_.kept))
        return system_error(errno, "keep a descriptor");
      if (at == sealed) hurry_guard();
      if (actions[at]->is_passed_over()) continue;
      JR_TRY(interruption::check());
      if (actions[at]->has(kStartsProgram)) {
        options_.before_exec();
        sys::give_back_limits();
      }
      JR_TRY(perform(*actions[at]));
    }
    return internal_error("the plan has no exec");
  }

  // The first action of the plan's end that only takes from the process.
  size_t first_that_opens_nothing() const {
    size_t first = plan_.enter().size();
    while (first > 0 && plan_.enter()[first - 1]->has(kOnlyRestricts)) --first;
    return first;
  }

  Result<void> run_in_place() {
    if (plan_.enters_with(kEntersUser)) return run_beside_guard();
    const std::optional<ReturnTicket> ticket = ReturnTicket::take(plan_, launch_);
    if (!ticket) return run_guarded();
    launch_.has_return_ticket = true;
    set_way_out(nullptr);  // no plugin is called until it was used
    Result<void> entered = enter();
    if (const Result<void> back = ticket->use(); !back) {
      options_.report(interruption::cause_of(std::move(entered).error()));
      warn_of_leaving("the launch could not go back to it: " + message(back.error()));
      _exit(1);
    }
    return entered;
  }

  void warn_of_leaving(const std::string& why) const {
    log::warning("not removed: jail " + launch_.jail.name.id + ", as " + why + "; 'jailrun rm' removes it");
  }

  // In a user namespace.
  Result<void> run_beside_guard() {
    return become_beside_guard({[this] { return enter(); },
                                [this](const Error& error) {
                                  roll_back();
                                  options_.report(error);
                                },
                                [this](const Error& error) {
                                  options_.report(error);
                                  warn_of_leaving("the process that guarded the launch was killed");
                                },
                                [this](const ExecFailure& failure) { return explain(failure); },
                                launch_.ledger});
  }

  Result<void> run_guarded() {
    JR_TRY(start_guard([this] {
      if (filtered_failure().error_number != 0) failure_ = explain(filtered_failure());
      roll_back();
      options_.report(interruption::cause_of(failure_));
      interruption::die_of_it();
    }));
    set_way_out([this](const Error& error) {
      failure_ = error;
      exit_first_thread();
    });
    Result<void> entered = enter();
    failure_ = std::move(entered).error();
    exit_first_thread();
  }

  // This process keeps the host's view and its privileges, so it is the one that can roll back; it waits
  // for the exec.
  Result<void> run_in_child() {
    if (!has_session()) return start_and_leave();
    note_cpu_time();
    const auto lead = [this] {
      launch_.processes.start_cpu_us = 0;
      return start_and_leave();
    };
    return in_new_session(lead, options_.supervised);
  }

  // Before a fork: a child's CPU clock begins at 0.
  void note_cpu_time() {
    Processes& processes = launch_.processes;
    processes.parent_cpu_us += sys::microseconds(CLOCK_PROCESS_CPUTIME_ID) - processes.start_cpu_us;
  }

  // Starts the program; then there is nothing left to do, or to become its supervisor.
  Result<void> start_and_leave() {
    if (!options_.supervised) {
      const Result<pid_t> started = start();
      return started ? Result<void>{} : started.error();
    }
    JR_ASSIGN(Supervision supervision, prepare_supervision(launch_.jail.name, !has_session()));
    supervision.times = times();
    supervision.has_init = has_init();
    JR_TRY(let_supervisor_answer(supervision));
    for (const TakePtyAction* const one : plan_.entering<TakePtyAction>()) {
      supervision.terminal_relay = one->terminal().opened.relay.get();
      supervision.terminal_own = one->terminal().opened.own.get();
    }
    launch_.processes.supervisor = sys::open_pidfd(getpid());
    if (!launch_.processes.supervisor) return system_error(errno, "let the program watch its supervisor");
    JR_TRY(ledger_.note_supervisor(supervision.answers ? supervision.answers->noted.get() : -1));
    JR_TRY(interruption::check());
    JR_ASSIGN(const pid_t pid, start());
    launch_.processes.to_supervisor.reset();
    return become_supervisor(supervision, pid);
  }

  // Where the program's filter leaves calls to it.
  Result<void> let_supervisor_answer(Supervision& supervision) {
    for (const FilterAction* const one : plan_.entering<FilterAction>()) {
      if (!one->filter().notifications) continue;
      JR_ASSIGN(supervision.answers, prepare_answers(*one));
      launch_.processes.to_supervisor = std::move(supervision.answers->to_supervisor);
    }
    return {};
  }

  // How long the program may run.
  TimeLimitAction::Times times() const {
    const auto limits = plan_.entering<TimeLimitAction>();
    return limits.empty() ? TimeLimitAction::Times{} : limits.front()->times();
  }

  Result<pid_t> start() {
    // When a session's leader exits, the kernel sends SIGHUP to the processes of its terminal. Without a
    // session of its own the program would get it as soon as this process has done its work.
    const bool leads = !options_.supervised && !has_session() && getsid(0) == getpid();
    const auto become = [this, leads](bool is_started_in_cgroup) -> Result<void> {
      launch_.processes.is_started_in_cgroup = is_started_in_cgroup;
      launch_.processes.start_cpu_us = 0;
      if (leads && setsid() < 0) return system_error(errno, "make a session");
      return enter();
    };
    // Without root only who has a user namespace of its own can have a pid namespace, and both are made at
    // once.
    const bool is_first = has_pid_namespace() && !plan_.entering<FirstUserNamespaceAction>().empty();
    launch_.processes.is_in_user_namespace = is_first;
    const sys::ChildOptions options = {
        (has_pid_namespace() ? uint64_t{CLONE_NEWPID} : 0) | (is_first ? uint64_t{CLONE_NEWUSER} : 0),
        launch_.processes.cgroup};
    note_cpu_time();
    return start_program({become, [this](pid_t pid) { return announce(pid); },
                          [this](const ExecFailure& failure) { return explain(failure); }, options,
                          static_cast<bool>(launch_.processes.to_supervisor), has_init()});
  }

  Error explain(const ExecFailure& failure) const {
    return exec_error(failure).within(subject(*plan_.enter().back()) + " in jail " + launch_.jail.name.id);
  }

  // Before the program may start: its pid, in the ledger and in the pid file.
  Result<void> announce(pid_t pid) {
    launch_.processes.program = pid;
    JR_TRY(ledger_.note_process(pid));
    for (const auto& action : plan_.prepare())
      if (action->has(kNeedsProgramPid)) JR_TRY(perform(*action));
    return {};
  }

  void roll_back() {
    interruption::hold();
    set_way_out(nullptr);
    sys::lift_limits();  // the exec has failed: a rollback opens and writes files
    Release rollback = rollback_of(launch_);
    for (const Error& left : release(plan_, rollback)) log::warning("not removed: " + message(left));
  }

  const Plan& plan_;
  Launch& launch_;
  const PerformOptions& options_;
  LedgerWriter ledger_;
  Error failure_;
};

}  // namespace

Result<void> perform(const Plan& plan, Launch& launch, const PerformOptions& options) {
  return Performer(plan, launch, options).run();
}

}  // namespace jailrun::core
