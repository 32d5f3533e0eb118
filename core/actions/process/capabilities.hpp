// SPDX-License-Identifier: Apache-2.0
// What capabilities the program has, and which it and its children can ever have.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/capability_sets.hpp"

namespace jailrun::core {

// Nothing but the exec's own work comes after it. Who has dropped capabilities from its bounding set can't
// come back by a ticket: so it has no kCanComeBack, and the guard, whose sets are its own, rolls back.
class CapabilitiesAction final : public Action {
 public:
  // `known`: those that this kernel has. What it does not know is told and left out.
  CapabilitiesAction(const sys::CapabilitySets& wanted, uint32_t securebits, uint64_t known);

  std::string_view verb() const override { return "capabilities"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kOnlyRestricts; }
  uint64_t capabilities(bool is_roots) const override;
  Result<void> perform(Launch& launch) override;

  bool keeps(unsigned capability) const { return (sets_.permitted >> capability & 1) != 0; }
  uint64_t kept() const { return sets_.permitted | sets_.ambient; }

 private:
  std::string words(uint64_t set) const;

  sys::CapabilitySets sets_;
  uint32_t securebits_;
  uint64_t known_;
  uint64_t unknown_;
};

}  // namespace jailrun::core
