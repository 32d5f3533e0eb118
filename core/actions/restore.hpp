// SPDX-License-Identifier: Apache-2.0
// A ledger's actions, as a plan that can be released.
#pragma once

#include "core/ledger/read.hpp"
#include "core/plan/plan.hpp"

#include <map>
#include <memory>
#include <string>

namespace jailrun::core {

// An action from its line of a ledger; nullptr for one that leaves nothing.
Result<std::unique_ptr<Action>> from_record(const Record& record);

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

// The actions of a ledger that leave something, as a plan.
Result<std::unique_ptr<Plan>> restore_plan(const Ledger& ledger);

}  // namespace jailrun::core
