// SPDX-License-Identifier: Apache-2.0
#include "core/plan/capabilities.hpp"

#include <string_view>

#include <linux/capability.h>

namespace jailrun::core {
namespace {

constexpr uint64_t bit(unsigned number) { return uint64_t{1} << number; }

// To make something in a directory that was given to the tenant with mode 0700, and to give that away, too: its
// owner is set before its mode is.
constexpr uint64_t kInTenantsDirectory = bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) | bit(CAP_FOWNER);

struct Need {
  std::string_view verb;
  uint64_t always;
  uint64_t for_tenant;  // where the jail is not root's
};
constexpr Need kNeeds[] = {
    {"root", 0, kInTenantsDirectory},
    {"directory", 0, kInTenantsDirectory},
    {"write", 0, kInTenantsDirectory},
    {"copy", 0, kInTenantsDirectory},
    {"link", 0, kInTenantsDirectory},
    {"pid-file", 0, kInTenantsDirectory},
    {"node", bit(CAP_MKNOD), kInTenantsDirectory},
    {"mount-root", bit(CAP_SYS_ADMIN), kInTenantsDirectory},
    {"overlay-root", bit(CAP_SYS_ADMIN), kInTenantsDirectory},
    // setns(2) to a mount namespace needs both.
    {"template", bit(CAP_SYS_ADMIN) | bit(CAP_SYS_CHROOT), bit(CAP_DAC_OVERRIDE)},
    {"new-root", bit(CAP_SYS_ADMIN) | bit(CAP_SYS_CHROOT), bit(CAP_DAC_OVERRIDE)},
    {"take-tree", bit(CAP_SYS_ADMIN), 0},
    {"bind", bit(CAP_SYS_ADMIN), bit(CAP_DAC_OVERRIDE)},
    {"mount", bit(CAP_SYS_ADMIN), bit(CAP_DAC_OVERRIDE)},
    {"join-namespace", bit(CAP_SYS_ADMIN), 0},
    {"pid-namespace", bit(CAP_SYS_ADMIN), 0},
    {"raise-limit", bit(CAP_SYS_RESOURCE), 0},
    {"credentials", bit(CAP_SETGID), bit(CAP_SETUID)},
};

}  // namespace

uint64_t capabilities_of(const Action& action, bool is_roots) {
  for (const Need& need : kNeeds)
    if (need.verb == action.verb()) return need.always | (is_roots ? 0 : need.for_tenant);
  return 0;
}

bool keeps_root(const Plan& plan) {
  bool root = false;
  for (const auto& action : plan.enter())
    if (action->verb() == "credentials") root = action->object().compare(0, 13, "uid 0, gid 0,") == 0;
  return root;
}

}  // namespace jailrun::core
