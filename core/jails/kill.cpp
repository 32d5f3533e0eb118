// SPDX-License-Identifier: Apache-2.0
#include "core/jails/kill.hpp"

#include "core/ledger/status.hpp"
#include "core/sys/cgroups.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
// Ascending; processes that have exited are perhaps among them.
std::vector<pid_t> JailProcesses::numbers(bool with_program) const {
  std::vector<pid_t> found;
  if (with_program) found.push_back(ledger_->process->pid);
  for (const std::string& group : ledger_->own_cgroups)
    for (const pid_t pid : sys::processes_below(group)) found.push_back(pid);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<pid_t> JailProcesses::all() const { return numbers(is_alive(ledger_->process)); }

// Without the program where another process may have its number by now, unless a group of the jail's has it.
std::vector<pid_t> JailProcesses::to_kill() const {
  return numbers(is_alive(ledger_->process) && why_in_doubt(*ledger_).empty());
}

std::vector<pid_t> JailProcesses::list() const {
  std::vector<pid_t> found = all();
  std::erase_if(found, [](pid_t pid) { return pid != 0 && sys::has_exited(pid); });
  return found;
}

Result<void> JailProcesses::signal(int number) const {
  // By descriptor, not by number, which may be another process's by the time the signal is sent: the jail
  // is asked again once descriptors are open. They are limited, so it is done by portions.
  constexpr size_t kPortion = 256;
  std::vector<pid_t> all = to_kill();
  Result<void> sent;
  while (!all.empty()) {
    std::vector<std::pair<pid_t, UniqueFd>> opened;
    for (; !all.empty() && opened.size() < kPortion; all.pop_back()) {
      if (all.back() == 0) continue;
      UniqueFd process = sys::open_pidfd(all.back());
      if (process)
        opened.emplace_back(all.back(), std::move(process));
      else if (errno != ESRCH)
        sent = system_error(errno, "open process " + std::to_string(all.back()));
    }
    const std::vector<pid_t> now = to_kill();
    for (const auto& [pid, process] : opened)
      if (std::binary_search(now.begin(), now.end(), pid) &&
          syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0) != 0 && errno != ESRCH)
        sent = system_error(errno, "kill process " + std::to_string(pid));
  }
  return sent;
}

Result<void> JailProcesses::kill() const {
  for (const std::string& group : ledger_->own_cgroups) sys::stop_group(group);
  Result<void> sent = signal(SIGKILL);
  for (const std::string& group : ledger_->own_cgroups) sys::thaw_group(group);
  return sent;
}

Error JailProcesses::what_is_left() const {
  const std::string jail = "jail " + ledger_->jail.id;
  const std::vector<pid_t> left = list();
  if (left.empty()) return input_error(jail + " made processes faster than they could be killed");
  const pid_t pid = left.back();
  if (pid == 0) return input_error(jail + " has a process in a pid namespace that is not in view here");
  const auto& program = ledger_->process;
  if (program && std::binary_search(left.begin(), left.end(), program->pid))
    if (const std::string doubt = why_in_doubt(*ledger_); !doubt.empty())
      return input_error(jail + " was not killed: process " + std::to_string(program->pid) +
                         " is its program, or another one that has its number by now: " + doubt);
  std::string sentence = jail + " could not be killed: process " + std::to_string(pid);
  if (const std::string frozen = sys::frozen_by(pid); !frozen.empty())
    sentence += " is frozen by cgroup " + frozen;
  else if (sys::process_state(pid) == 'D')
    sentence += " waits in the kernel for something that can't be interrupted (state D)";
  else
    sentence += " has not ended";
  if (left.size() > 1) sentence += ", and " + std::to_string(left.size() - 1) + " more are left";
  return input_error(std::move(sentence));
}

namespace {

uint64_t now_ms() { return sys::microseconds(CLOCK_MONOTONIC) / 1000; }

struct Target {
  JailProcesses processes;
  Result<void> result;
  bool is_over = false;
};

// Until none is left or the time is over. `again` is done to those that are left at every look.
template <class Again>
void wait_for(std::vector<Target>& targets, int timeout_ms, Again again) {
  const uint64_t end = now_ms() + static_cast<uint64_t>(std::max(timeout_ms, 0));
  for (long pause_us = 500;; pause_us = std::min(2 * pause_us, 16000L)) {
    bool is_any_left = false;
    for (Target& target : targets) {
      if (!target.is_over) target.is_over = target.processes.list().empty();
      if (target.is_over) continue;
      is_any_left = true;
      again(target);
    }
    if (!is_any_left || now_ms() >= end) return;
    const timespec pause = {0, pause_us * 1000};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace

std::vector<Result<void>> end_processes(const std::vector<const Ledger*>& ledgers, int timeout_ms) {
  std::vector<Target> targets;
  for (const Ledger* ledger : ledgers) targets.push_back({JailProcesses(*ledger), {}});
  for (Target& target : targets) target.result = target.processes.signal(SIGTERM);
  wait_for(targets, timeout_ms, [](Target&) {});
  // Even where the caller gives no time, the kernel needs some to end a process.
  constexpr int kLeastMs = 1000;
  // Again and again: where no group can forbid it, a process may have forked just before its signal came.
  wait_for(targets, std::max(timeout_ms, kLeastMs),
           [](Target& target) { target.result = target.processes.kill(); });
  std::vector<Result<void>> results;
  for (Target& target : targets) {
    if (target.is_over)
      target.result = {};
    else if (target.result)
      target.result = target.processes.what_is_left();
    results.push_back(std::move(target.result));
  }
  return results;
}

}  // namespace jailrun::core
