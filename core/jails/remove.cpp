// SPDX-License-Identifier: Apache-2.0
#include "core/jails/remove.hpp"

#include "core/actions/restore.hpp"
#include "core/base/message.hpp"
#include "core/jails/find.hpp"
#include "core/ledger/open_jail.hpp"
#include "core/ledger/read.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/performing/release.hpp"
#include "core/plan/state.hpp"
#include "core/stages/plugin_calls.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// Kills the jail's processes, one after the other: the program, then what is left in its groups.
Result<void> kill_processes(const Ledger& ledger, const Removal& removal) {
  pid_t killed_last = 0;
  for (int rounds = 0; rounds < 1000; ++rounds) {
    const JailStatus now = jail_status(ledger);
    if (now.state == State::kDead) return {};
    // A process that has exited stays in its groups until its parent has waited for it.
    const timespec millisecond = {0, 1000000};
    if (now.pid == killed_last) nanosleep(&millisecond, nullptr);
    if (now.pid == 0)
      return input_error("jail " + ledger.jail.id +
                         " has a process in a pid namespace that is not in view here");
    // A descriptor, not the number, which may be another's by the time the signal is sent.
    const UniqueFd process = sys::open_pidfd(now.pid);
    if (!process) continue;
    const JailStatus same = jail_status(ledger);
    if (same.pid != now.pid) continue;
    for (const int signal : {SIGTERM, SIGKILL}) {
      if (syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) != 0 && errno != ESRCH)
        return system_error(errno, "kill process " + std::to_string(now.pid));
      pollfd exited = {process.get(), POLLIN, 0};
      while (poll(&exited, 1, removal.timeout_ms) < 0 && errno == EINTR) {
      }
      if (exited.revents != 0) break;
    }
    killed_last = now.pid;
  }
  return input_error("jail " + ledger.jail.id + " makes processes faster than they can be killed");
}

Error all_of(const std::vector<Error>& left, const JailName& jail) {
  std::string sentence = "jail " + jail.id + " could not be removed completely: ";
  for (const Error& one : left) sentence.append(&one == &left.front() ? "" : "; ").append(message(one));
  return input_error(std::move(sentence));
}

int removed_empty(const Result<bool>& removed) { return removed && removed.value() ? 1 : 0; }

}  // namespace

int remove_unclaimed(const std::string& base, const std::string& id) {
  int removed = 0;
  Trust trust(Trust::Of::kState);
  const Result<int> top = trust.open_base(base);
  if (!top) return 0;
  for (const std::string& name : sys::list_directory(base)) {
    const Result<UniqueFd> directory = open_name_directory({base, name, ""});
    if (!directory) continue;
    const std::string prefix = ".claim-";
    for (const std::string& claim : sys::list_directory(base + "/" + name)) {
      if (claim.compare(0, prefix.size(), prefix) != 0 || (!id.empty() && claim.substr(prefix.size()) != id))
        continue;
      const Result<UniqueFd> locked = sys::open_locked(directory.value().get(), claim);
      if (!locked) continue;  // its launch is under way
      unlinkat(locked.value().get(), kLedgerName, 0);
      if (unlinkat(directory.value().get(), claim.c_str(), AT_REMOVEDIR) == 0) ++removed;
    }
    const std::string unnamed = ".jailrun-";
    if (name.compare(0, unnamed.size(), unnamed) == 0)
      removed += unlinkat(top.value(), name.c_str(), AT_REMOVEDIR) == 0;
    else
      removed += removed_empty(sys::remove_if_marked_and_empty(top.value(), name));
  }
  return removed;
}

Result<void> remove_jail(const JailName& jail, const Removal& removal) {
  Jail held;
  held.name = jail;
  JR_ASSIGN(LockedJail locked, lock_jail(jail));
  held.directory = std::move(locked.directory);
  JR_ASSIGN(const Ledger ledger, read_ledger(held.directory.get(), jail));
  const JailStatus now = jail_status(ledger);
  if (now.state == State::kAlive && !removal.force)
    return input_error("jail " + jail.id + " is alive: pid " + std::to_string(now.pid) +
                       "; 'jailrun rm --force " + jail.id + "' kills it first");
  if (now.state == State::kAlive) JR_TRY(kill_processes(ledger, removal));
  JR_ASSIGN(const std::unique_ptr<Plan> plan, restore_plan(ledger));
  held.root = UniqueFd(openat(held.directory.get(), "root", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  held.token = ledger.token;
  PluginCalls calls(ledger);
  Release state = {held, &calls, &calls, removal.reason};
  const std::vector<Error> left = release(*plan, state);
  if (!left.empty()) return all_of(left, jail);
  return {};
}

}  // namespace jailrun::core
