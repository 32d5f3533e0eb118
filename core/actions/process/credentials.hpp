// SPDX-License-Identifier: Apache-2.0
// The process's ids, and the death signal, which a change of ids clears.
#pragma once

#include "core/actions/process/user_namespace.hpp"
#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"

#include <vector>

namespace jailrun::core {

class CredentialsAction final : public Action {
 public:
  // `user_namespace`: entered with them; nullptr: none. The owner's ids are those outside.
  CredentialsAction(jr_owner owner, std::vector<uint32_t> groups,
                    std::shared_ptr<const UserNamespace> user_namespace = nullptr)
      : Action(Phase::kEnter),
        owner_(owner),
        groups_(std::move(groups)),
        user_namespace_(std::move(user_namespace)) {}

  std::string_view verb() const override { return "credentials"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override {
    if (is_in_user_namespace()) return kOnlyRestricts | (owner_.uid == 0 ? 0U : kDropsRoot);
    // Nobody comes back from a user namespace.
    if (enters_user_namespace()) return kOnlyRestricts | kEntersUser | (owner_.uid == 0 ? 0U : kDropsRoot);
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
  bool enters_user_namespace() const {
    return user_namespace_ != nullptr && user_namespace_->missing.empty() && !user_namespace_->is_first;
  }
  // Since the beginning of enter.
  bool is_in_user_namespace() const { return user_namespace_ != nullptr && user_namespace_->is_first; }
  // The ids as they are in the user namespace.
  jr_owner inside() const;

  jr_owner owner_;
  std::vector<uint32_t> groups_;
  std::shared_ptr<const UserNamespace> user_namespace_;
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
