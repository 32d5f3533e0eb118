// SPDX-License-Identifier: Apache-2.0
#include "core/stages/jail_devices.hpp"

#include "core/actions/mount.hpp"
#include "core/actions/node.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace jailrun::core {
namespace {

constexpr uint32_t kUse = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

uint32_t type(bool is_block) { return is_block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR; }

void allow_source(const std::string& path, DeviceRulesAction& rules) {
  struct stat now {};
  if (stat(path.c_str(), &now) != 0 || (!S_ISCHR(now.st_mode) && !S_ISBLK(now.st_mode))) return;
  rules.allow({type(S_ISBLK(now.st_mode)), gnu_dev_major(now.st_rdev), gnu_dev_minor(now.st_rdev), kUse});
}

// Pseudoterminals, from the kernel's Documentation/admin-guide/devices.txt: /dev/ptmx, and what it makes.
void allow_terminals(DeviceRulesAction& rules) {
  rules.allow({BPF_DEVCG_DEV_CHAR, 5, 2, kUse});
  rules.allow({BPF_DEVCG_DEV_CHAR, 136, sys::kAnyDevice, kUse});
}

}  // namespace

void allow_nodes(const Plan& plan, DeviceRulesAction& rules) {
  if (!rules.takes_nodes()) return;
  plan.each([&](const Action& action) {
    if (const auto* const node = dynamic_cast<const NodeAction*>(&action))
      rules.allow({type(node->number().block), node->number().major, node->number().minor, kUse});
    if (const auto* const tree = dynamic_cast<const TakeTreeAction*>(&action))
      allow_source(tree->source(), rules);
    if (const auto* const mount = dynamic_cast<const MountAction*>(&action))
      if (mount->type() == "devpts") allow_terminals(rules);
  });
}

}  // namespace jailrun::core
