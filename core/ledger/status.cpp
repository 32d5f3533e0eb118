// SPDX-License-Identifier: Apache-2.0
#include "core/ledger/status.hpp"

#include "core/base/message.hpp"
#include "core/ledger/open_jail.hpp"
#include "core/sys/cgroups.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/lock.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// A process in one of the jail's own groups, or below it: a tenant may have made groups there. 0: none; -1:
// one that has no number in this process's pid namespace.
pid_t process_in_groups(const Ledger& ledger) {
  for (const std::string& group : ledger.own_cgroups) {
    const std::vector<pid_t> processes = sys::processes_below(group);
    if (!processes.empty()) return processes.front() == 0 ? -1 : processes.front();
  }
  return 0;
}

}  // namespace

bool is_alive(const std::optional<ProcessIdentity>& process) {
  if (!process) return false;
  if (!process->is_exact()) return sys::is_running_since(process->pid, process->noted);
  const Result<std::string> boot = sys::boot_id();
  if (!boot && !sys::is_proc_mounted()) return sys::is_running_since(process->pid, process->start);
  return boot && boot.value() == process->boot && sys::is_running(process->pid, process->start);
}

std::string why_in_doubt(const Ledger& ledger) {
  const ProcessIdentity& process = *ledger.process;
  if (!sys::is_proc_mounted()) return "/proc is not mounted, so that can't be found out: mount it";
  if (process.is_exact()) return "";
  // After a reboot, or seen from another pid namespace, the number may be anybody's. The jail's root is not.
  if (sys::is_same_file("/proc/" + std::to_string(process.pid) + "/root", ledger.jail.directory() + "/root"))
    return "";
  return "it was launched without /proc, and this process is not in its root";
}

JailStatus jail_status(const Ledger& ledger) {
  if (is_alive(ledger.process)) return {State::kAlive, ledger.process->pid};
  const pid_t other = process_in_groups(ledger);
  return {other == 0 ? State::kDead : State::kAlive, std::max(other, 0)};
}

Error why_taken(const JailName& claimed) {
  const JailName jail = real_name(claimed);
  const std::string subject = "jail " + jail.id;
  const Result<UniqueFd> directory = open_jail(jail);
  if (!directory) return input_error(subject + " is claimed: " + message(directory.error()));
  const Result<Ledger> ledger = read_ledger(directory.value().get(), jail);
  if (!ledger) return input_error(subject + " is claimed: " + message(broken(jail, ledger.error())));
  const JailStatus now = jail_status(ledger.value());
  if (now.state == State::kAlive)
    return input_error(subject + " is already alive: pid " + std::to_string(now.pid));
  const Result<UniqueFd> lock = open_ledger(directory.value().get(), jail);
  if (const Result<bool> free = sys::lock(lock ? lock.value().get() : -1, 0, subject); free && !free.value())
    return in_use(jail, lock.value().get());
  return input_error(subject + " is left over from a launch that is dead: " + jail.directory() +
                     "; 'jailrun rm " + jail.name + "/" + jail.id + "' removes it, --replace does so first");
}

Error broken(const JailName& jail, Error reason) {
  if (reason.error_number == ENOENT || reason.error_number == EACCES) return reason;
  return input_error(message(reason) + "; 'jailrun rm --broken " + jail.directory() +
                     "' removes the jail's directory, but nothing else that its ledger would have named");
}

Error in_use(const JailName& jail, int ledger) {
  return input_error("jail " + jail.id + " is being launched or removed right now" +
                     sys::lock_holder(ledger));
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
  const Result<UniqueFd> directory = open_jail(jail);
  if (!directory) return false;
  const Result<Ledger> ledger = read_ledger(directory.value().get(), jail);
  if (!ledger || jail_status(ledger.value()).state == State::kAlive) return false;
  const bool is_root_gone = faccessat(directory.value().get(), "root", F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  return asked || is_root_gone || ledger.value().is_root_callers;
}

}  // namespace jailrun::core
