// SPDX-License-Identifier: Apache-2.0
// A user namespace of the program's own. It is made by root before anything is entered, so that all that the
// process enters then belongs to the runner's user namespace; CredentialsAction enters it.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/user_namespace.hpp"

#include <memory>
#include <string>

namespace jailrun::core {

struct UserNamespace {
  sys::IdMaps maps;
  std::string missing;    // why this kernel can't make one: the launch continues without it
  UniqueFd opened;        // once it is made
  bool is_first = false;  // without root: entered before all else, by FirstUserNamespaceAction
};

// Ids that this jail alone has. They are known once this is performed, before the namespace is made.
class LeaseIdsAction final : public Action {
 public:
  struct Lease {
    sys::IdRanges pool;
    uint32_t inside = 0;
    uint32_t count = 0;
  };
  LeaseIdsAction(Lease lease, std::shared_ptr<UserNamespace> wanted)
      : Action(Phase::kPrepare), lease_(std::move(lease)), wanted_(std::move(wanted)) {}
  static std::unique_ptr<Action> restore(const Record&) {
    return std::make_unique<LeaseIdsAction>(Lease(), nullptr);
  }

  std::string_view verb() const override { return "lease-ids"; }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  Lease lease_;
  std::shared_ptr<UserNamespace> wanted_;
};

class UserNamespaceAction final : public Action {
 public:
  explicit UserNamespaceAction(std::shared_ptr<UserNamespace> wanted)
      : Action(Phase::kPrepare), wanted_(std::move(wanted)) {}

  std::string_view verb() const override { return "user-namespace"; }
  std::string object() const override;
  Record record() const override;
  uint64_t capabilities(bool is_roots) const override;
  Result<void> perform(Launch& launch) override;

 private:
  std::shared_ptr<UserNamespace> wanted_;
};

// Without root: the process enters it, with a mount namespace, before it does anything that takes
// capabilities. It has all of them there.
class FirstUserNamespaceAction final : public Action {
 public:
  explicit FirstUserNamespaceAction(std::shared_ptr<UserNamespace> wanted)
      : Action(Phase::kEnter), wanted_(std::move(wanted)) {}

  std::string_view verb() const override { return "user-namespace"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kEntersUser; }
  Result<void> perform(Launch& launch) override;

 private:
  std::shared_ptr<UserNamespace> wanted_;
};

}  // namespace jailrun::core
