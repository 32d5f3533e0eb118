// SPDX-License-Identifier: Apache-2.0
// The jail's root as a mount that the launch makes in prepare: the host sees it at the root's path, and so
// finds the sockets there that the program makes.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/files.hpp"
#include "core/sys/filesystems.hpp"
#include "core/sys/mounts.hpp"

#include <string>

namespace jailrun::core {

// Its source, in mountinfo, contains the launch's token, so that every process can tell it from a mount that
// somebody else made there.
class RootMountAction : public Action {
 public:
  explicit RootMountAction(std::string root) : Action(Phase::kPrepare), root_(std::move(root)) {}

  bool owns_root() const override { return true; }
  std::string remains(const std::string& root) const override;
  // A root that a caller has filled is refused: the mount would hide its contents.
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 protected:
  const std::string& root() const { return root_; }
  virtual Result<UniqueFd> make(Launch& launch, const std::string& source) = 0;

 private:
  std::string root_;
};

class MountRootAction final : public RootMountAction {
 public:
  MountRootAction(std::string root, sys::NewMount mount)
      : RootMountAction(std::move(root)), mount_(std::move(mount)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "mount-root"; }
  uint64_t capabilities(bool is_roots) const override {
    return capability_set(CAP_SYS_ADMIN) | (is_roots ? 0 : kInTenantsDirectory);
  }
  std::string object() const override;
  Record record() const override;

 protected:
  Result<UniqueFd> make(Launch& launch, const std::string& source) override;

 private:
  sys::NewMount mount_;
};

// A host directory that is never changed; changes are kept beside the root, in a directory that root owns.
class OverlayRootAction final : public RootMountAction {
 public:
  OverlayRootAction(std::string root, std::string lower, const sys::Ownership& ownership, uint32_t flags)
      : RootMountAction(std::move(root)), lower_(std::move(lower)), ownership_(ownership), flags_(flags) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "overlay-root"; }
  uint64_t capabilities(bool is_roots) const override {
    return capability_set(CAP_SYS_ADMIN) | (is_roots ? 0 : kInTenantsDirectory);
  }
  std::string object() const override;
  Record record() const override;
  std::string existed_slot() const override;
  Result<void> survey(Survey& survey) override;
  Result<void> release(Release& release) override;

 protected:
  Result<UniqueFd> make(Launch& launch, const std::string& source) override;

 private:
  std::string changes() const;
  Result<sys::MadeDirectory> make_changes(Launch& launch);

  std::string lower_;
  sys::Ownership ownership_;
  uint32_t flags_;
};

}  // namespace jailrun::core
