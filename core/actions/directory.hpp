// SPDX-License-Identifier: Apache-2.0
// Directories: the jail's root, and those below it or on the host.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/files.hpp"

namespace jailrun::core {

class DirectoryAction : public Action {
 public:
  DirectoryAction(bool on_host, std::string path, const sys::Ownership& ownership)
      : Action(Phase::kPrepare), on_host_(on_host), path_(std::move(path)), ownership_(ownership) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "directory"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kRepeatable; }
  std::string remains(const std::string& root) const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  bool on_host_;
  std::string path_;
  sys::Ownership ownership_;
};

// A directory on the host that becomes the jail's root. If the launch made it, it is removed with all
// that it holds.
class RootAction : public Action {
 public:
  RootAction(std::string path, const sys::Ownership& ownership)
      : Action(Phase::kPrepare), path_(std::move(path)), ownership_(ownership) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "root"; }
  std::string object() const override;
  Record record() const override;
  bool owns_root() const override { return existed() == Existed::kNo; }
  std::string existed_slot() const override;
  std::string remains(const std::string& root) const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  std::string path_;
  sys::Ownership ownership_;
  jr_owner previous_ = {0, 0};  // of a root that a caller filled before the launch; given back by release
};

}  // namespace jailrun::core
