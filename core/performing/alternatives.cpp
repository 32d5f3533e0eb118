// SPDX-License-Identifier: Apache-2.0
#include "core/performing/alternatives.hpp"

#include "core/base/log.hpp"
#include "core/base/message.hpp"
#include "core/ledger/slots.hpp"
#include "core/plan/site.hpp"

#include <algorithm>

namespace jailrun::core {
namespace {

// The actions of one alternative, one after the other. A failure of the kind that lets the next be tried
// takes them back first, and is then told by `is_no_way`.
struct Attempt {
  Result<void> done;
  bool is_no_way = false;
};

Attempt attempt(const Plan::Actions& actions, size_t begin, size_t end, Site& site,
                const std::function<Result<void>(Action&)>& perform) {
  for (size_t at = begin; at < end; ++at) {
    Result<void> done = perform(*actions[at]);
    if (done) continue;
    if (!actions[at]->is_no_way(done.error().error_number)) return {std::move(done)};
    for (size_t back = at + 1; back > begin; --back) {
      Result<void> released = actions[back - 1]->release(site);
      if (!released) return {std::move(released).error().within(subject(*actions[back - 1]))};
    }
    return {std::move(done), true};
  }
  return {};
}

}  // namespace

Result<void> perform_first_of(const Plan::Actions& actions, size_t& at, Site& site,
                              const std::function<Result<void>(Action&)>& perform) {
  const std::shared_ptr<Choice> choice = actions[at]->choice();
  for (size_t one = 0; one < choice->names.size(); ++one) {
    const size_t begin = at;
    while (at < actions.size() && actions[at]->choice() == choice && actions[at]->alternative() == one) ++at;
    Attempt made = attempt(actions, begin, at, site, perform);
    if (!made.done && made.is_no_way && one + 1 < choice->names.size()) {
      log::debug(message(made.done.error()) + "; the next alternative is tried");
      continue;
    }
    JR_TRY(std::move(made.done));
    choice->taken = one;
    while (at < actions.size() && actions[at]->choice() == choice) ++at;
    if (site.slots != nullptr) JR_TRY(site.slots->set(choice_slot(choice->number), choice->names[one]));
    break;
  }
  return {};
}

}  // namespace jailrun::core
