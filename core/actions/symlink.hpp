// SPDX-License-Identifier: Apache-2.0
// Symbolic links in the jail.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/jail.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/paths.hpp"

namespace jailrun::core {

// Root's. The launch itself never follows one: it is for the program.
class SymlinkAction final : public Action {
 public:
  SymlinkAction(std::string path, std::string target)
      : Action(Phase::kPrepare), path_(std::move(path)), target_(std::move(target)) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "symlink"; }
  uint64_t capabilities(bool is_roots) const override { return is_roots ? 0 : kInTenantsDirectory; }
  std::string object() const override { return path_ + "  -> " + target_; }
  Record record() const override { return Record().add("path", path_).add("target", target_); }
  uint32_t traits() const override { return kRepeatable | kShowsPath; }
  std::string existed_slot() const override;
  std::string remains(const std::string& root) const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  bool is_at(const sys::Place& place) const;
  std::string path_;
  std::string target_;
};

}  // namespace jailrun::core
