// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/limits.hpp"

#include "core/sys/lifted_limits.hpp"

#include <algorithm>
#include <iterator>

namespace jailrun::core {
namespace {

std::string limit_text(uint64_t value) { return value == UINT64_MAX ? "unlimited" : std::to_string(value); }

// As prlimit(1) names them, in the order of their numbers: see getrlimit(2).
std::string resource_name(uint32_t resource) {
  constexpr const char* kNames[] = {"cpu",      "fsize",  "data",    "stack", "core",  "rss",
                                    "nproc",    "nofile", "memlock", "as",    "locks", "sigpending",
                                    "msgqueue", "nice",   "rtprio",  "rttime"};
  return resource < std::size(kNames) ? kNames[resource] : "resource " + std::to_string(resource);
}

}  // namespace

std::string RaiseLimitAction::object() const {
  return resource_name(resource_) + "  hard limit to " + limit_text(hard_);
}

Result<void> RaiseLimitAction::perform(Launch&) {
  JR_ASSIGN(const sys::Limit now, sys::limit(resource_));
  JR_TRY(sys::set_limit(resource_, {std::min(now.soft, hard_), hard_}));
  return {};
}

std::string LimitAction::object() const {
  return resource_name(resource_) + "  " + limit_text(limit_.soft) +
         (limit_.soft == limit_.hard ? "" : ":" + limit_text(limit_.hard));
}

Result<void> LimitAction::perform(Launch&) {
  sys::keep_limit(resource_);
  JR_ASSIGN(previous_, sys::set_limit(resource_, limit_));
  return {};
}

Result<void> LimitAction::release(Release&) {
  if (!previous_) return {};
  const sys::Limit previous = *previous_;
  previous_.reset();
  // The limit goes with the process. Without CAP_SYS_RESOURCE the soft limit can be raised to the hard
  // one at most.
  if (!sys::set_limit(resource_, previous)) (void)sys::set_limit(resource_, {limit_.hard, limit_.hard});
  return {};
}

}  // namespace jailrun::core
