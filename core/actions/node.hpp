// SPDX-License-Identifier: Apache-2.0
// Device nodes in the jail.
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/jail.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/files.hpp"

#include <sys/types.h>

namespace jailrun::core {

struct DeviceNumber {
  bool block = false;
  uint32_t major = 0;
  uint32_t minor = 0;
};

class NodeAction final : public Action {
 public:
  // `may_fail`: if the kernel refuses the node, the launch continues without it.
  NodeAction(std::string path, const DeviceNumber& number, const sys::Ownership& ownership, bool may_fail)
      : Action(Phase::kPrepare),
        path_(std::move(path)),
        number_(number),
        ownership_(ownership),
        may_fail_(may_fail) {}
  static std::unique_ptr<Action> restore(const Record& record);

  std::string_view verb() const override { return "node"; }
  uint64_t capabilities(bool is_roots) const override {
    return (may_fail_ ? 0 : capability_set(CAP_MKNOD)) | (is_roots ? 0 : kInTenantsDirectory);
  }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kRepeatable | kShowsPath; }
  std::string remains(const std::string& root) const override;
  Result<void> survey(Survey& survey) override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;
  const std::string& path() const { return path_; }
  dev_t device() const;
  mode_t type() const;  // S_IFCHR or S_IFBLK
  bool may_fail() const { return may_fail_; }
  const DeviceNumber& number() const { return number_; }

 private:
  Result<void> make(const Jail& jail, const sys::Ownership& ownership) const;
  bool is_in_place(const Jail& jail) const;
  Result<void> find_moved(const Jail& jail) const;
  Result<void> give_back(const Jail& jail) const;
  std::string path_;
  DeviceNumber number_;
  sys::Ownership ownership_;
  bool may_fail_;
  bool is_same_ = false;     // such a node existed before the launch
  sys::Ownership previous_;  // of a node that a caller made before the launch; given back by release
};

}  // namespace jailrun::core
