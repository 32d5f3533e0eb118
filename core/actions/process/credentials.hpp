// SPDX-License-Identifier: Apache-2.0
// The process's ids, and the death signal, which a change of ids clears.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"

#include <vector>

namespace jailrun::core {

class CredentialsAction final : public Action {
 public:
  CredentialsAction(jr_owner owner, std::vector<uint32_t> groups)
      : Action(Phase::kEnter), owner_(owner), groups_(std::move(groups)) {}

  std::string_view verb() const override { return "credentials"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override {
    return kOnlyRestricts | (owner_.uid == 0 && owner_.gid == 0 ? kKeepsRoot : 0U) |
           (owner_.uid == 0 ? 0U : kDropsRoot | kCanComeBack);
  }
  uint64_t capabilities(bool is_roots) const override {
    return capability_set(CAP_SETGID) | (is_roots ? 0 : capability_set(CAP_SETUID));
  }
  Result<void> perform(Launch& launch) override;

  // CapabilitiesAction follows, and drops what the program is not to have.
  void leave_capabilities() { leaves_capabilities_ = true; }

 private:
  std::string group_list() const;
  jr_owner owner_;
  std::vector<uint32_t> groups_;
  bool leaves_capabilities_ = false;
};

// The core's own, in a supervised launch: the program is killed if its supervisor exits before it.
class DeathSignalAction final : public Action {
 public:
  DeathSignalAction() : Action(Phase::kEnter) {}

  std::string_view verb() const override { return "death-signal"; }
  std::string object() const override { return "SIGKILL when the supervisor exits"; }
  uint32_t traits() const override { return kOnlyRestricts; }
  Result<void> perform(Launch& launch) override;
};

}  // namespace jailrun::core
