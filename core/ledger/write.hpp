// SPDX-License-Identifier: Apache-2.0
// The ledger: the plan as written to a file before its first action, so that any process can roll the launch
// back or remove the jail.
//
// Text, one record a line: "jail", "launch", then an "action" for each action in the order of performing,
// then, appended while performing, "slot" lines and a "process" line. Publishing it is the claim on the
// jail's name (actions/claim.hpp).
#pragma once

#include "core/pipeline/pipeline.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace jailrun::core {

// The text that a ledger begins with.
std::string ledger_text(const Plan& plan, const Jail& jail, const Pipeline& pipeline);

// Appends to the ledger of the launch under way.
class LedgerWriter final : public SlotStore {
 public:
  // Borrowed; its ledger is open by the first append.
  explicit LedgerWriter(const Launch& launch) : launch_(launch) {}
  Result<void> set(const std::string& name, std::string_view value) override;
  const std::string* find(const std::string& name) const override;

  // The process that becomes the program, and which boot its start time belongs to.
  Result<void> note_process(pid_t pid) const;

  // The same in the text that the ledger begins with, of this process: one write less, and no ledger is ever
  // there without it.
  static Result<void> name_process(pid_t pid, std::string& text);

  // This process, which stays as the program's parent.
  // `noted_calls`: its descriptor of seccomp::NotedCalls; -1: it has none.
  Result<void> note_supervisor(int noted_calls = -1) const;

 private:
  Result<void> append(const char* kind, const Record& record) const;
  const Launch& launch_;
  std::map<std::string, std::string> slots_;
};

}  // namespace jailrun::core
