// SPDX-License-Identifier: Apache-2.0
// The claim on a jail's name: its ledger, published whole.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/site.hpp"

namespace jailrun::core {

class ClaimAction final : public Action {
 public:
  explicit ClaimAction(JailName jail) : Action(Phase::kPrepare), jail_(std::move(jail)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "claim"; }
  std::string object() const override { return jail_.directory(); }
  Record record() const override;
  std::string_view fate_of_old() const override {
    if (replaced_) return "left over from a dead launch, taken away first";
    return taken_ ? "taken, the launch would be refused" : "kept";
  }
  Result<void> survey(Site& site) override;
  // Publishes the ledger. In one of two ways, both atomic: a new directory, the ledger already in it, is
  // renamed to the id; where the id's directory stands, because a caller filled the root before, the ledger
  // is linked into it. EEXIST: another launch has the name.
  Result<void> perform(Site& site) override;
  Result<void> release(Site& site) override;

  const JailName& jail() const { return jail_; }

 private:
  Result<void> publish(Site& site, int base);
  Result<void> unpublish(Site& site, int name_directory) const;
  std::string unclaimed() const;
  Result<void> publish_new(Site& site, int name_directory);
  Result<void> publish_into(Site& site, int name_directory);
  JailName jail_;
  // As far as a look beforehand can tell:
  bool taken_ = false;
  bool replaced_ = false;
};

}  // namespace jailrun::core
