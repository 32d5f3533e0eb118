// SPDX-License-Identifier: Apache-2.0
// Namespaces of the process's own: ipc, uts, cgroup, net and time. They end with their last process.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/new_namespaces.hpp"

#include <memory>
#include <string>

namespace jailrun::core {

// What is written by way of the host's /proc, which is out of reach by then.
class OpenProcAction final : public Action {
 public:
  // `purpose`: "setting the offsets of clocks".
  explicit OpenProcAction(const char* purpose)
      : Action(Phase::kPrepare), purpose_(purpose), opened_(std::make_shared<UniqueFd>()) {}

  std::string_view verb() const override { return "open-proc"; }
  std::string object() const override { return std::string("/proc  for ") + purpose_; }
  Result<void> perform(Launch& launch) override;
  const std::shared_ptr<UniqueFd>& opened() const { return opened_; }

 private:
  const char* purpose_;
  std::shared_ptr<UniqueFd> opened_;
};

class NewNamespaceAction final : public Action {
 public:
  struct Namespace {
    uint32_t type = 0;       // CLONE_NEW... of sched.h
    std::string hostname;    // empty: as it was
    std::string domainname;  // the same
    sys::ClockOffsets offsets;
    std::shared_ptr<UniqueFd> proc;  // where there are offsets
    std::string missing;             // why this kernel can't make it: the launch continues without it
  };
  explicit NewNamespaceAction(Namespace wanted) : Action(Phase::kEnter), wanted_(std::move(wanted)) {}

  std::string_view verb() const override { return "new-namespace"; }
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override;
  uint64_t capabilities(bool is_roots) const override;
  Result<void> perform(Launch& launch) override;

  uint32_t type() const { return wanted_.type; }
  bool is_missing() const { return !wanted_.missing.empty(); }

 private:
  Result<void> set_up(Launch& launch) const;
  Namespace wanted_;
};

}  // namespace jailrun::core
