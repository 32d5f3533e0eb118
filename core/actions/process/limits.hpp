// SPDX-License-Identifier: Apache-2.0
// Resource limits: see getrlimit(2).
#pragma once

#include "core/plan/capabilities.hpp"
#include "core/plan/plan.hpp"
#include "core/sys/credentials.hpp"

#include <optional>

namespace jailrun::core {

// Raises the hard limit alone, before the privilege for it is gone; the soft limit stays as it was.
class RaiseLimitAction final : public Action {
 public:
  RaiseLimitAction(uint32_t resource, uint64_t hard)
      : Action(Phase::kEnter), resource_(resource), hard_(hard) {}

  std::string_view verb() const override { return "raise-limit"; }
  uint64_t capabilities(bool /*is_roots*/) const override { return capability_set(CAP_SYS_RESOURCE); }
  std::string object() const override;
  Record record() const override { return Record().add("resource", resource_).add("hard", hard_); }
  uint32_t traits() const override { return kOnlyRestricts | kCanComeBack; }
  Result<void> perform(Launch& launch) override;

 private:
  uint32_t resource_;
  uint64_t hard_;
};

class LimitAction final : public Action {
 public:
  LimitAction(uint32_t resource, const sys::Limit& limit)
      : Action(Phase::kEnter), resource_(resource), limit_(limit) {}

  std::string_view verb() const override { return "limit"; }
  std::string object() const override;
  Record record() const override {
    return Record().add("resource", resource_).add("soft", limit_.soft).add("hard", limit_.hard);
  }
  uint32_t traits() const override { return kOnlyRestricts | kCanComeBack; }
  Result<void> perform(Launch& launch) override;
  // In the process that has the limit: a rollback opens and writes files.
  Result<void> release(Release& release) override;

  uint32_t resource() const { return resource_; }

 private:
  uint32_t resource_;
  sys::Limit limit_;
  std::optional<sys::Limit> previous_;
};

}  // namespace jailrun::core
