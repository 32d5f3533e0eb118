// SPDX-License-Identifier: Apache-2.0
#include "core/sys/lifted_limits.hpp"

#include <algorithm>
#include <optional>

#include <sys/resource.h>

namespace jailrun::sys {
namespace {

struct Lifted {
  uint32_t resource;
  uint64_t enough;  // for a launch
  std::optional<Limit> callers{};
  bool is_given_back = true;
};
// The soft limit on open files that a login has; a launch with hundreds of binds needs that many.
Lifted lifted[] = {{RLIMIT_FSIZE, UINT64_MAX}, {RLIMIT_NOFILE, 1024}};

void lift(const Lifted& one) {
  // Above the hard limit only with CAP_SYS_RESOURCE.
  if (set_limit(one.resource, {one.enough, std::max(one.enough, one.callers->hard)})) return;
  (void)set_limit(one.resource, {one.callers->hard, one.callers->hard});
}

}  // namespace

void lift_limits() {
  for (Lifted& one : lifted) {
    if (!one.callers) {
      const Result<Limit> now = limit(one.resource);
      if (!now || now.value().soft >= one.enough) continue;
      one.callers = now.value();
    }
    one.is_given_back = false;
    lift(one);
  }
}

Result<Limit> callers_limit(uint32_t resource) {
  for (const Lifted& one : lifted)
    if (one.resource == resource && one.callers) return *one.callers;
  return limit(resource);
}

void keep_limit(uint32_t resource) {
  for (Lifted& one : lifted)
    if (one.resource == resource) one.is_given_back = true;
}

void give_back_limits() {
  for (Lifted& one : lifted) {
    if (one.is_given_back) continue;
    (void)set_limit(one.resource, *one.callers);
    one.is_given_back = true;
  }
}

}  // namespace jailrun::sys
