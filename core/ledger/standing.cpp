// SPDX-License-Identifier: Apache-2.0
#include "core/ledger/standing.hpp"

#include "core/base/message.hpp"
#include "core/ledger/slots.hpp"
#include "core/sys/cgroups.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <climits>
#include <cstdlib>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// A process in one of the jail's own groups; 0: none. -1: one that this process's pid namespace has no number
// for.
pid_t process_in_groups(const Ledger& ledger) {
  for (const Record& action : ledger.actions) {
    if (action.text("action") != "open-cgroup" || action.number("shared") != 0) continue;
    const Result<std::string> list = sys::read_value(action.text("path") + "/cgroup.procs");
    if (!list || list.value().empty()) continue;
    const auto pid = static_cast<pid_t>(std::strtol(list.value().c_str(), nullptr, 10));
    return pid == 0 ? -1 : pid;
  }
  return 0;
}

}  // namespace

bool is_alive(const std::optional<ProcessNote>& process) {
  if (!process) return false;
  const Result<std::string> boot = sys::boot_id();
  return boot && boot.value() == process->boot && sys::is_running(process->pid, process->start);
}

Vitality vitality(const Ledger& ledger) {
  if (is_alive(ledger.process)) return {State::kAlive, ledger.process->pid};
  const pid_t other = process_in_groups(ledger);
  return {other == 0 ? State::kDead : State::kAlive, std::max(other, 0)};
}

Error why_taken(const JailName& claimed) {
  const JailName jail = real_name(claimed);
  const UniqueFd directory(open(jail.directory().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const Result<Ledger> ledger = read_ledger(directory.get(), jail);
  const std::string subject = "jail " + jail.id;
  if (!ledger) return input_error(subject + " is claimed: " + message(ledger.error()));
  const Vitality now = vitality(ledger.value());
  if (now.state == State::kAlive)
    return input_error(subject + " is alive already: pid " + std::to_string(now.pid));
  if (flock(directory.get(), LOCK_EX | LOCK_NB) != 0)
    return input_error(subject + " is being launched or taken away at this moment");
  return input_error(subject + " is left over from a launch that is dead: " + jail.directory() +
                     "; 'jailrun rm " + jail.name + "/" + jail.id +
                     "' takes it away, --replace does so first");
}

JailName real_name(const JailName& jail) {
  char target[PATH_MAX];
  const ssize_t length = readlink(jail.directory().c_str(), target, sizeof target);
  if (length <= 0) return jail;
  // "../NAME/ID", as core/actions/alias.cpp makes it
  const std::string text(target, static_cast<size_t>(length));
  const size_t slash = text.rfind('/');
  if (text.compare(0, 3, "../") != 0 || slash <= 3 || text.substr(slash + 1) != jail.id) return jail;
  return {jail.base, text.substr(3, slash - 3), jail.id};
}

bool can_be_replaced(const JailName& jail, bool asked) {
  const UniqueFd directory(open(jail.directory().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const Result<Ledger> ledger = read_ledger(directory.get(), jail);
  if (!ledger || vitality(ledger.value()).state == State::kAlive) return false;
  const auto is_callers_root = [](const Record& action) {
    return action.text("action") == "root" && action.text("stood") == "yes";
  };
  const std::vector<Record>& actions = ledger.value().actions;
  const bool is_root_gone = faccessat(directory.get(), "root", F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  return asked || is_root_gone || ledger.value().slots.count(kRootStoodSlot) > 0 ||
         std::any_of(actions.begin(), actions.end(), is_callers_root);
}

}  // namespace jailrun::core
