// SPDX-License-Identifier: Apache-2.0
#include "core/jails/remove.hpp"

#include "core/actions/restore.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/jails/find.hpp"
#include "core/jails/kill.hpp"
#include "core/jails/time_limit.hpp"
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
  Result<Ledger> ledger = read_ledger(doomed.held.directory.get(), jail);
  if (!ledger) return broken(jail, std::move(ledger).error());
  doomed.ledger = std::move(ledger).value();
  // Nothing would be removed, and that would be success.
  if (doomed.ledger.actions.empty())
    return broken(jail, input_error(jail.directory() + "/" + kLedgerName + " names no action"));
  return doomed;
}

// The calls of a jail: released by their plugins, or forgotten, where those can't, or never end.
class Calls final : public StageCalls {
 public:
  // nullptr: forgotten.
  explicit Calls(StageCalls* plugins) : plugins_(plugins) {}

  Result<void> perform(const StageCall& call, const CallContext&) override {
    return internal_error("stage " + call.stage + " is here to release only");
  }
  Result<void> release(const StageCall& call, const CallContext& context, uint32_t reason) override {
    if (plugins_ != nullptr) {
      Result<void> released = plugins_->release(call, context, reason);
      has_failed_ = has_failed_ || !released;
      return released;
    }
    const std::string one = "'" + call.name + "' of stage " + call.stage;
    forgotten_ += forgotten_.empty() ? one : ", " + one;
    return {};
  }

  bool has_failed() const { return has_failed_; }
  const std::string& forgotten() const { return forgotten_; }

 private:
  StageCalls* plugins_;
  bool has_failed_ = false;
  std::string forgotten_;
};

std::string remedy(const JailName& jail) {
  return "; 'jailrun rm --without-plugins " + jail.directory() +
         "' leaves what only its plugins can release, and removes the rest";
}

Result<void> release_actions(Doomed& doomed, const Removal& removal) {
  JR_ASSIGN(const std::unique_ptr<Plan> plan, restore_plan(doomed.ledger));
  Jail& held = doomed.held;
  held.root = UniqueFd(openat(held.directory.get(), "root", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  held.token = doomed.ledger.token;
  PluginCalls plugins(doomed.ledger);
  Calls calls(removal.without_plugins ? nullptr : &plugins);
  Release state = {held, &calls, &plugins, removal.reason};
  const std::vector<Error> left = release(*plan, state);
  if (!calls.forgotten().empty())
    log::warning("jail " + held.name.id + ": what these calls made is left as it is: " + calls.forgotten());
  if (left.empty()) return {};
  Error error = all_of(left, held.name);
  return calls.has_failed() ? input_error(message(error) + remedy(held.name)) : std::move(error);
}

// A plugin that never ends must not keep the jails behind it.
Result<void> release_jail(Doomed& doomed, const Removal& removal) {
  if (doomed.ledger.calls.empty() || removal.without_plugins || removal.release_ms == 0)
    return release_actions(doomed, removal);
  const JailName& jail = doomed.held.name;
  return within_time(removal.release_ms, {"the release of jail " + jail.id, remedy(jail)},
                     [&] { return release_actions(doomed, removal); });
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
      results_[numbers_[i]] = ended[i] ? release_jail(doomed_[i], removal_) : std::move(ended[i]);
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
      results[i] = release_jail(doomed.value(), removal);
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
