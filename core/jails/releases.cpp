// SPDX-License-Identifier: Apache-2.0
#include "core/jails/releases.hpp"

#include "core/actions/restore.hpp"
#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/performing/release.hpp"
#include "core/plan/state.hpp"
#include "core/stages/plugin_calls.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fcntl.h>

namespace jailrun::core {
namespace {

Error all_of(const std::vector<Error>& left, const JailName& jail) {
  std::string sentence = "jail " + jail.id + " could not be removed completely: ";
  for (const Error& one : left) sentence.append(&one == &left.front() ? "" : "; ").append(message(one));
  return input_error(std::move(sentence));
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

// A plugin that never ends must not keep the jails behind it. -1: no limit.
int limit_of(const Doomed& doomed, const Removal& removal) {
  const bool has_limit = !doomed.ledger.calls.empty() && !removal.without_plugins && removal.release_ms > 0;
  return has_limit ? removal.release_ms : -1;
}

}  // namespace

void Releases::add(Doomed doomed, size_t number) {
  const int limit = limit_of(doomed, removal_);
  // Nobody waits behind a single one.
  if (limit < 0 && results_.size() == 1) {
    results_[number] = release_actions(doomed, removal_);
    return;
  }
  const JailName& jail = doomed.held.name;
  const uint64_t since = sys::microseconds(CLOCK_MONOTONIC);
  Result<WorkInChild> work = WorkInChild::start({"the release of jail " + jail.id, remedy(jail)},
                                                [&] { return release_actions(doomed, removal_); });
  if (!work) {
    results_[number] = std::move(work).error();
    return;
  }
  constexpr int kMoment = 500;
  if (results_.size() > 1 && work.value().ends_within(kMoment)) {
    results_[number] = work.value().result();
    return;
  }
  slow_.push_back({std::move(doomed), number, limit, since, std::move(work).value()});
  constexpr size_t kMost = 32;
  if (slow_.size() == kMost) finish_first();
}

void Releases::finish() {
  while (!slow_.empty()) finish_first();
}

void Releases::finish_first() {
  Slow& first = slow_.front();
  int left = -1;
  if (first.limit_ms >= 0) {
    const auto passed = static_cast<int64_t>((sys::microseconds(CLOCK_MONOTONIC) - first.since_us) / 1000);
    left = static_cast<int>(std::max<int64_t>(first.limit_ms - passed, 0));
  }
  results_[first.number] =
      first.work.ends_within(left) ? first.work.result() : first.work.too_long(first.limit_ms);
  slow_.pop_front();
}

}  // namespace jailrun::core
