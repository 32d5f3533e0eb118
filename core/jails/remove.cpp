// SPDX-License-Identifier: Apache-2.0
#include "core/jails/remove.hpp"

#include "core/jails/find.hpp"
#include "core/jails/kill.hpp"
#include "core/jails/releases.hpp"
#include "core/ledger/open_jail.hpp"
#include "core/ledger/read.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

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

namespace {

Result<Doomed> lock_and_read(const JailName& jail) {
  Doomed doomed;
  doomed.held.name = jail;
  JR_ASSIGN(LockedJail locked, lock_jail(jail));
  doomed.held.directory = std::move(locked.directory);
  doomed.ledger_lock = std::move(locked.ledger);
  Result<Ledger> ledger = read_ledger(doomed.held.directory.get(), jail);
  if (!ledger) return broken(jail, std::move(ledger).error());
  doomed.ledger = std::move(ledger).value();
  // Nothing would be removed, and that would be success.
  if (doomed.ledger.actions.empty())
    return broken(jail, input_error(jail.directory() + "/" + kLedgerName + " names no action"));
  return doomed;
}

// Live jails, and which of the answers is for each.
class Living {
 public:
  Living(const Removal& removal, Releases& releases, std::vector<Result<void>>& results)
      : removal_(removal), releases_(releases), results_(results) {}

  void add(Doomed doomed, size_t number) {
    doomed_.push_back(std::move(doomed));
    numbers_.push_back(number);
    // Each has an open descriptor.
    constexpr size_t kMost = 200;
    if (doomed_.size() == kMost) end_and_release();
  }

  void end_and_release() {
    std::vector<const Ledger*> ledgers;
    for (const Doomed& one : doomed_) ledgers.push_back(&one.ledger);
    std::vector<Result<void>> ended = end_processes(ledgers, removal_.timeout_ms);
    for (size_t i = 0; i < doomed_.size(); ++i)
      if (ended[i])
        releases_.add(std::move(doomed_[i]), numbers_[i]);
      else
        results_[numbers_[i]] = std::move(ended[i]);
    doomed_.clear();
    numbers_.clear();
  }

 private:
  const Removal& removal_;
  Releases& releases_;
  std::vector<Result<void>>& results_;
  std::vector<Doomed> doomed_;
  std::vector<size_t> numbers_;
};

}  // namespace

std::vector<Result<void>> remove_jails(const std::vector<JailName>& jails, const Removal& removal) {
  std::vector<Result<void>> results(jails.size());
  Releases releases(removal, results);
  Living living(removal, releases, results);
  for (size_t i = 0; i < jails.size(); ++i) {
    Result<Doomed> doomed = lock_and_read(jails[i]);
    if (!doomed) {
      results[i] = std::move(doomed).error();
      continue;
    }
    const JailStatus now = jail_status(doomed.value().ledger);
    if (now.state == State::kDead)
      releases.add(std::move(doomed).value(), i);
    else if (removal.force)
      living.add(std::move(doomed).value(), i);
    else
      results[i] = input_error("jail " + jails[i].id + " is alive: pid " + std::to_string(now.pid) +
                               "; 'jailrun rm --force " + jails[i].id + "' kills it first");
  }
  living.end_and_release();
  releases.finish();
  return results;
}

Result<void> remove_jail(const JailName& jail, const Removal& removal) {
  return std::move(remove_jails({jail}, removal).front());
}

}  // namespace jailrun::core
