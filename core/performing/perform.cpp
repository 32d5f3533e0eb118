// SPDX-License-Identifier: Apache-2.0
#include "core/performing/perform.hpp"

#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/ledger/write.hpp"
#include "core/performing/alternatives.hpp"
#include "core/performing/children.hpp"
#include "core/performing/guard.hpp"
#include "core/performing/release.hpp"
#include "core/performing/supervision.hpp"

#include <algorithm>
#include <cerrno>

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

bool is(const Action& action, std::string_view verb) { return action.verb() == verb; }

class Performer {
 public:
  explicit Performer(Performance& performance) : p_(performance), ledger_(performance.site) {
    p_.site.slots = &ledger_;
  }

  Result<void> run() {
    Result<void> done = prepare();
    if (done) done = has_child() ? run_in_child() : run_in_place();
    if (!done) take_back();
    return done;
  }

 private:
  bool plans(std::string_view verb) const {
    const auto& enter = p_.plan.enter();
    return std::any_of(enter.begin(), enter.end(), [&](const auto& action) { return is(*action, verb); });
  }
  bool has_session() const { return plans("session"); }
  bool has_pid_namespace() const { return plans("pid-namespace"); }
  // The program is another process than this one.
  bool has_child() const { return p_.supervised || has_session() || has_pid_namespace(); }

  Result<void> perform(Action& action) {
    Result<void> done = action.perform(p_.site);
    p_.timings.charge(action.stage(), Timings::kPerform);
    if (!done) return std::move(done).error().within(subject(action) + " in jail " + p_.site.jail.id);
    return done;
  }

  Result<void> prepare() {
    const bool forks = has_child();
    p_.site.program_pid = getpid();
    const Plan::Actions& actions = p_.plan.prepare();
    const auto perform_one = [this](Action& action) { return perform(action); };
    for (size_t at = 0; at < actions.size();) {
      if (actions[at]->choice() != nullptr) {
        JR_TRY(perform_first_of(actions, at, p_.site, perform_one));
        continue;
      }
      const std::unique_ptr<Action>& action = actions[at++];
      if (forks && is(*action, "pid-file")) continue;  // the child's pid is not known yet
      JR_TRY(perform(*action));
      if (is(*action, "claim")) JR_TRY(ledger_.note_process(p_.site.program_pid));
    }
    return {};
  }

  Result<void> enter() {
    for (const auto& action : p_.plan.enter()) {
      if (action->is_passed_over()) continue;
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

  // This process keeps the host's view and its privileges, so it is the one who can take back; it waits for
  // the exec.
  Result<void> run_in_child() {
    if (!has_session()) return start_and_leave();
    p_.site.parent_cpu_us = sys::microseconds(CLOCK_PROCESS_CPUTIME_ID);
    return in_new_session([this] { return start_and_leave(); }, p_.supervised);
  }

  // Starts the program; then there is nothing left to do, or to become its supervisor.
  Result<void> start_and_leave() {
    if (!p_.supervised) {
      const Result<pid_t> started = start();
      return started ? Result<void>{} : started.error();
    }
    JR_ASSIGN(const Supervision supervision, prepare_supervision(p_.site, !has_session()));
    p_.site.parent = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
    if (!p_.site.parent) return system_error(errno, "let the program watch its supervisor");
    JR_TRY(ledger_.note_supervisor());
    JR_ASSIGN(const pid_t pid, start());
    return become_supervisor(supervision, pid);
  }

  Result<pid_t> start() {
    // When a session's leader ends, the kernel sends SIGHUP to the processes of its terminal. Without a
    // session of its own the program would get it as soon as this process has done its work.
    const bool leads = !p_.supervised && !has_session() && getsid(0) == getpid();
    const auto become = [this, leads](bool is_born_in_cgroup) -> Result<void> {
      p_.site.is_born_in_cgroup = is_born_in_cgroup;
      if (leads && setsid() < 0) return system_error(errno, "make a session");
      return enter();
    };
    const sys::Birth birth = {has_pid_namespace() ? uint64_t{CLONE_NEWPID} : 0, p_.site.cgroup};
    p_.site.parent_cpu_us += sys::microseconds(CLOCK_PROCESS_CPUTIME_ID);
    return start_program({become, [this](pid_t pid) { return announce(pid); }, birth});
  }

  // Before the program may go: who it is, in the ledger and in the pid file.
  Result<void> announce(pid_t pid) {
    p_.site.program_pid = pid;
    JR_TRY(ledger_.note_process(pid));
    for (const auto& action : p_.plan.prepare())
      if (is(*action, "pid-file")) JR_TRY(perform(*action));
    return {};
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
