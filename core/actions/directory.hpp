// SPDX-License-Identifier: Apache-2.0
// Directories: the jail's root, and those below it or on the host.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/jail.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/files.hpp"

#include <optional>

namespace jailrun::core {

// The policy for a directory that a caller made before the launch and that is the program's while the jail is
// there.
inline constexpr std::string_view kSetAndGivenBack = "owner and mode set, and given back by rm";

// In the jail, one that exists is given this owner and mode: the caller's own would keep the program out, or
// let others in. Only one that is planned as root's and open to all, as directories on the way to a file are,
// stays as it is, and so do those on the host.
class DirectoryAction : public Action {
 public:
  DirectoryAction(bool on_host, std::string path, const sys::Ownership& ownership)
      : Action(Phase::kPrepare), on_host_(on_host), path_(std::move(path)), ownership_(ownership) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "directory"; }
  uint64_t capabilities(bool is_roots) const override { return is_roots ? 0 : kInTenantsDirectory; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kRepeatable | kShowsPath; }
  std::string remains(const std::string& root) const override;
  std::string_view policy_for_existing() const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  bool is_taken_over() const;
  Result<void> give_back(const Jail& jail) const;

  bool on_host_;
  std::string path_;
  sys::Ownership ownership_;
  std::optional<sys::Ownership> previous_;  // of one that is taken over; given back by release
};

// A directory on the host that becomes the jail's root. If the launch made it, it is removed with all
// that it holds.
class RootAction : public Action {
 public:
  RootAction(std::string path, const sys::Ownership& ownership)
      : Action(Phase::kPrepare), path_(std::move(path)), ownership_(ownership) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "root"; }
  uint64_t capabilities(bool is_roots) const override { return is_roots ? 0 : kInTenantsDirectory; }
  std::string object() const override;
  Record record() const override;
  bool owns_root() const override { return existed() == Existed::kNo; }
  std::string_view policy_for_existing() const override { return kSetAndGivenBack; }
  std::string existed_slot() const override;
  std::string remains(const std::string& root) const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  std::string path_;
  sys::Ownership ownership_;
  std::optional<sys::Ownership> previous_;  // of a root that a caller filled before; given back by release
};

}  // namespace jailrun::core
