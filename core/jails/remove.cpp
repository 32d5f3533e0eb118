// SPDX-License-Identifier: Apache-2.0
#include "core/jails/remove.hpp"

#include "core/actions/restore.hpp"
#include "core/base/message.hpp"
#include "core/jails/find.hpp"
#include "core/jails/kill.hpp"
#include "core/ledger/open_jail.hpp"
#include "core/ledger/read.hpp"
#include "core/ledger/slots.hpp"
#include "core/ledger/status.hpp"
#include "core/performing/release.hpp"
#include "core/plan/state.hpp"
#include "core/stages/plugin_calls.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

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

namespace {

// A jail that is being removed: locked until this goes out of scope.
struct Doomed {
  Jail held;
  UniqueFd ledger_lock;
  Ledger ledger;
};

Result<Doomed> lock_and_read(const JailName& jail) {
  Doomed doomed;
  doomed.held.name = jail;
  JR_ASSIGN(LockedJail locked, lock_jail(jail));
  doomed.held.directory = std::move(locked.directory);
  doomed.ledger_lock = std::move(locked.ledger);
  JR_ASSIGN(doomed.ledger, read_ledger(doomed.held.directory.get(), jail));
  return doomed;
}

Result<void> release_jail(Doomed& doomed, uint32_t reason) {
  JR_ASSIGN(const std::unique_ptr<Plan> plan, restore_plan(doomed.ledger));
  Jail& held = doomed.held;
  held.root = UniqueFd(openat(held.directory.get(), "root", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  held.token = doomed.ledger.token;
  PluginCalls calls(doomed.ledger);
  Release state = {held, &calls, &calls, reason};
  const std::vector<Error> left = release(*plan, state);
  if (!left.empty()) return all_of(left, held.name);
  return {};
}

// Live jails, and which of the answers is for each.
class Living {
 public:
  Living(const Removal& removal, std::vector<Result<void>>& results) : removal_(removal), results_(results) {}

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
      results_[numbers_[i]] = ended[i] ? release_jail(doomed_[i], removal_.reason) : std::move(ended[i]);
    doomed_.clear();
    numbers_.clear();
  }

 private:
  const Removal& removal_;
  std::vector<Result<void>>& results_;
  std::vector<Doomed> doomed_;
  std::vector<size_t> numbers_;
};

}  // namespace

std::vector<Result<void>> remove_jails(const std::vector<JailName>& jails, const Removal& removal) {
  std::vector<Result<void>> results(jails.size());
  Living living(removal, results);
  for (size_t i = 0; i < jails.size(); ++i) {
    Result<Doomed> doomed = lock_and_read(jails[i]);
    if (!doomed) {
      results[i] = std::move(doomed).error();
      continue;
    }
    const JailStatus now = jail_status(doomed.value().ledger);
    if (now.state == State::kDead)
      results[i] = release_jail(doomed.value(), removal.reason);
    else if (removal.force)
      living.add(std::move(doomed).value(), i);
    else
      results[i] = input_error("jail " + jails[i].id + " is alive: pid " + std::to_string(now.pid) +
                               "; 'jailrun rm --force " + jails[i].id + "' kills it first");
  }
  living.end_and_release();
  return results;
}

Result<void> remove_jail(const JailName& jail, const Removal& removal) {
  return std::move(remove_jails({jail}, removal).front());
}

}  // namespace jailrun::core
