// first_of: alternatives, of which the first that this host can do is performed.
#pragma once

#include "core/plan.hpp"

#include <functional>
#include <map>
#include <string>

namespace jailrun::core {

// The slot that holds the name of the alternative that was taken.
std::string choice_slot(uint64_t number);

// Performs the alternatives that begin at `at`, and moves `at` behind them. One that this host can't do is
// taken back before the next is tried; the choice is in the ledger before anything else is done.
Result<void> perform_first_of(const Plan::Actions& actions, size_t& at, Site& site,
                              const std::function<Result<void>(Action&)>& perform);

// The choices of a launch as another process reads them from its ledger.
class RestoredChoices {
 public:
  explicit RestoredChoices(const std::map<std::string, std::string>& slots) : slots_(slots) {}

  // Makes the action a part of the alternative that its record names, if it names one. Where the launch died
  // before it had chosen, none is passed over: release tolerates what was never made.
  void join(const Record& record, Action& action);

 private:
  const std::map<std::string, std::string>& slots_;
  std::map<uint64_t, std::shared_ptr<Choice>> choices_;
};

}  // namespace jailrun::core
