// SPDX-License-Identifier: Apache-2.0
// A filesystem in the jail that is made and filled in prepare, with the host in view, and mounted in enter. It is in
// no namespace until then, so nobody else sees it, no tenant can have put anything in it, and it is gone with the
// last process that holds it: nothing of it has to be released.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/mounts.hpp"

#include <string>

namespace jailrun::core {

// Makes it, and lets the actions after this one find it at its path: find_place().
class FilesystemAction final : public Action {
 public:
  FilesystemAction(std::string path, sys::NewMount mount)
      : Action(Phase::kPrepare), path_(std::move(path)), mount_(std::move(mount)) {}

  std::string_view verb() const override { return "filesystem"; }
  uint64_t capabilities(bool /*is_roots*/) const override { return capability_set(CAP_SYS_ADMIN); }
  std::string object() const override;
  Record record() const override;
  Result<void> perform(Launch& launch) override;

 private:
  std::string path_;
  sys::NewMount mount_;
};

// Mounts it, at a directory that exists in the jail.
class MountFilesystemAction final : public Action {
 public:
  MountFilesystemAction(std::string path, uint32_t flags)
      : Action(Phase::kEnter), path_(std::move(path)), flags_(flags) {}

  std::string_view verb() const override { return "mount"; }
  uint64_t capabilities(bool is_roots) const override {
    return capability_set(CAP_SYS_ADMIN) | (is_roots ? 0 : capability_set(CAP_DAC_OVERRIDE));
  }
  uint32_t traits() const override;
  std::string object() const override { return path_; }
  Record record() const override { return Record().add("path", path_); }
  Result<void> perform(Launch& launch) override;

 private:
  std::string path_;
  uint32_t flags_;  // JR_MOUNT_...
};

}  // namespace jailrun::core
