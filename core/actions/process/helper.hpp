// SPDX-License-Identifier: Apache-2.0
// A program that runs beside the jail's, for as long as that does.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/helper.hpp"

#include <map>
#include <memory>
#include <string>

namespace jailrun::core {

// What the two actions of a helper share.
struct Helper {
  std::string name;
  std::string path;
  sys::HelperProgram program;
  uint64_t start_ms = 0;
  sys::Keeper keeper;
  std::shared_ptr<UniqueFd> network = std::make_shared<UniqueFd>();  // the namespace, where it has one
};

// Its keeper's process is in the ledger before the helper exists, and ends with the launch until it ends with
// the program, so that neither outlives a crash.
class HelperAction final : public Action {
 public:
  explicit HelperAction(std::shared_ptr<Helper> helper)
      : Action(Phase::kPrepare), helper_(std::move(helper)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "helper"; }
  std::string object() const override;
  Record record() const override;
  uint64_t capabilities(bool is_roots) const override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;
  std::string remains(const std::string& root) const override;
  // What its ledger's slots say; before remains().
  void take_slots(const std::map<std::string, std::string>& slots);

  const std::string& name() const { return helper_->name; }

 private:
  Result<void> start(Launch& launch);
  std::shared_ptr<Helper> helper_;
  std::string process_;  // as its slot has it; empty: it was never started
};

// Once the program's process exists.
class FollowProgramAction final : public Action {
 public:
  explicit FollowProgramAction(std::shared_ptr<Helper> helper)
      : Action(Phase::kPrepare), helper_(std::move(helper)) {}

  std::string_view verb() const override { return "follow-program"; }
  std::string object() const override { return helper_->name + "  ends with the program"; }
  Record record() const override { return Record().add("name", helper_->name); }
  uint32_t traits() const override { return kNeedsProgramPid; }
  Result<void> perform(Launch& launch) override;

 private:
  std::shared_ptr<Helper> helper_;
};

}  // namespace jailrun::core
