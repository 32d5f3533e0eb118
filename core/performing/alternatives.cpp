// SPDX-License-Identifier: Apache-2.0
#include "core/performing/alternatives.hpp"

#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/ledger/slots.hpp"
#include "core/plan/state.hpp"

#include <algorithm>

namespace jailrun::core {
namespace {

struct Outcome {
  Result<void> done;
  bool is_unsupported = false;  // all was rolled back, and the next alternative can be tried
};

// Performs the actions of one alternative, one after the other.
Outcome perform_one(const Plan::Actions& actions, size_t begin, size_t end, Launch& launch,
                    const std::function<Result<void>(Action&)>& perform) {
  for (size_t at = begin; at < end; ++at) {
    Result<void> done = perform(*actions[at]);
    if (done) continue;
    if (!actions[at]->is_unsupported(done.error().error_number)) return {std::move(done)};
    Release rollback = rollback_of(launch);
    for (size_t back = at + 1; back > begin; --back) {
      Result<void> released = actions[back - 1]->release(rollback);
      if (!released) return {std::move(released).error().within(subject(*actions[back - 1]))};
    }
    return {std::move(done), true};
  }
  return {};
}

}  // namespace

Result<void> perform_first_of(const Plan::Actions& actions, size_t& at, Launch& launch,
                              const std::function<Result<void>(Action&)>& perform) {
  const std::shared_ptr<Choice> choice = actions[at]->choice();
  for (size_t one = 0; one < choice->names.size(); ++one) {
    const size_t begin = at;
    while (at < actions.size() && actions[at]->choice() == choice && actions[at]->alternative() == one) ++at;
    Outcome outcome = perform_one(actions, begin, at, launch, perform);
    if (!outcome.done && outcome.is_unsupported && one + 1 < choice->names.size()) {
      log::debug(message(outcome.done.error()) + "; the next alternative is tried");
      continue;
    }
    JR_TRY(std::move(outcome.done));
    choice->taken = one;
    while (at < actions.size() && actions[at]->choice() == choice) ++at;
    if (launch.slots != nullptr) JR_TRY(launch.slots->set(choice_slot(choice->number), choice->names[one]));
    break;
  }
  return {};
}

}  // namespace jailrun::core
