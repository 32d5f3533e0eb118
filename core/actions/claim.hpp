// SPDX-License-Identifier: Apache-2.0
// The claim on a jail's name: its ledger, published in full.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"
#include "core/plugin/trust.hpp"

#include <sys/types.h>

namespace jailrun::core {

class ClaimAction final : public Action {
 public:
  // `group` may pass through the jail's directory; 0: nobody but root.
  explicit ClaimAction(JailName jail, gid_t group = 0)
      : Action(Phase::kPrepare), jail_(std::move(jail)), group_(group) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "claim"; }
  std::string object() const override { return jail_.directory(); }
  Record record() const override;
  uint32_t traits() const override { return kClaims; }
  std::string remains(const std::string& root) const override;
  std::string_view policy_for_existing() const override {
    if (replaced_) return "left over from a dead launch, removed first";
    return taken_ ? "taken, the launch would be refused" : "kept";
  }
  Result<void> survey(Survey& survey) override;
  // Publishes the ledger, by one of two atomic methods: a new directory, with the ledger already in it, is
  // renamed to the id; where the id's directory exists, because a caller has filled the root before, the
  // ledger is linked into it. EEXIST: another launch has the name.
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

  const JailName& jail() const { return jail_; }

 private:
  Result<void> publish(Launch& launch, int base, const Trust& trust);
  Result<void> unpublish(const Jail& jail, int name_directory) const;
  std::string unclaimed() const;
  Result<void> write_ledger(const Launch& launch) const;
  Result<void> sync_names_down_to(int jail, int base) const;
  Result<void> publish_new(Launch& launch, int name_directory);
  Result<void> publish_into(Launch& launch, int name_directory);
  Result<void> open_to_group(int directory) const;
  Result<void> lock_own(int ledger) const;
  Result<void> outlast(int directory) const;
  JailName jail_;
  gid_t group_;
  // As far as the survey could see:
  bool taken_ = false;
  bool replaced_ = false;
};

}  // namespace jailrun::core
