// SPDX-License-Identifier: Apache-2.0
// When and where the program runs: nice value, policy, I/O priority, CPU affinity, OOM score. A process that
// rolls back by itself has what it had before: under the idle policy, a busy host might never let it.
#pragma once

#include "core/plan/plan.hpp"
#include "core/sys/fd.hpp"
#include "jailrun/plugin.h"

#include <functional>
#include <memory>
#include <string>

namespace jailrun::core {

class SchedulingAction final : public Action {
 public:
  // `kind`: JR_ATTRIBUTE_NICE, _POLICY, _IO_PRIORITY or _AFFINITY, with values as plugin.h tells them.
  // `raises`: it gives more than the caller has, and needs privileges.
  SchedulingAction(const jr_attribute& wanted, std::string cpus, bool raises);

  std::string_view verb() const override;
  std::string object() const override;
  Record record() const override;
  uint32_t traits() const override { return kOnlyRestricts | kCanComeBack; }
  uint64_t capabilities(bool is_roots) const override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

  bool is_affinity() const { return kind_ == JR_ATTRIBUTE_AFFINITY; }
  const std::string& cpus() const { return cpus_; }

 private:
  uint32_t kind_;
  int value_;
  int second_;
  std::string cpus_;
  bool raises_;
  std::function<void()> put_back_;
};

class OomScoreAction final : public Action {
 public:
  // `proc`: opened by an action of prepare. `lowers`: the caller's score is higher, and that needs
  // privileges.
  OomScoreAction(int score, bool lowers, std::shared_ptr<UniqueFd> proc)
      : Action(Phase::kEnter), score_(score), lowers_(lowers), proc_(std::move(proc)) {}

  std::string_view verb() const override { return "oom-score"; }
  std::string object() const override { return std::to_string(score_); }
  Record record() const override { return Record().add("score", std::to_string(score_)); }
  // It opens a file, and so is not one that only restricts.
  uint32_t traits() const override { return kCanComeBack; }
  uint64_t capabilities(bool is_roots) const override;
  Result<void> perform(Launch& launch) override;
  Result<void> release(Release& release) override;

 private:
  int score_;
  bool lowers_;
  std::shared_ptr<UniqueFd> proc_;
  std::function<void()> put_back_;
};

}  // namespace jailrun::core
