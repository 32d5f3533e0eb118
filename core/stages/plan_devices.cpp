// SPDX-License-Identifier: Apache-2.0
// Planning which devices the jail's processes can use.
#include "core/actions/device_rules.hpp"
#include "core/base/log.hpp"
#include "core/stages/cgroup_requests.hpp"
#include "core/stages/planning.hpp"

namespace jailrun::core::planning {
namespace {

uint32_t kernels_type(uint32_t type) {
  if (type == JR_DEVICE_ANY) return sys::kAnyDevice;
  return type == JR_NODE_BLOCK ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
}

// Why they can't be enforced; empty: they can.
std::string fault_of(const sys::Hierarchy& hierarchy) {
  if (hierarchy.version == 0) return "no cgroup version 2 hierarchy is mounted on this host";
  return planning::device_program_fault(hierarchy.mount);
}

}  // namespace

std::string (*device_program_fault)(const std::string& mount) = sys::device_program_fault;

Result<void> device_rules(jr_ctx& ctx, const jr_device_rules& arguments) {
  Draft& draft = *ctx.draft;
  if (draft.choice != nullptr) return not_in_alternative("device_rules");
  if (!draft.claimed) return internal_error("device rules are planned before the jail's name is claimed");
  if (draft.device_rules_planned != nullptr)
    return input_error("the jail's device rules are planned already, by stage " +
                       draft.device_rules_planned->stage());
  if (draft.credentials != nullptr)
    return internal_error(
        "device rules are planned after the credentials: the stage must come before drop-privs");
  const std::string stage(ctx.stage->id);
  if (const std::string fault = fault_of(draft.cgroups->version_2()); !fault.empty()) {
    const std::string sentence = fault + ", so which devices the program can use can't be limited";
    if ((arguments.flags & JR_DEVICE_RULES_IF_SUPPORTED) == 0)
      return Error{JR_ERROR_UNSUPPORTED, 0, sentence + "; 'unsupported = warn' goes without it"};
    log::warning("stage " + stage + ": " + sentence);
    return {};
  }
  JR_ASSIGN(std::shared_ptr<OpenedGroup> group, draft.cgroups->own_group(stage, to_string(arguments.group)));
  auto action =
      std::make_unique<DeviceRulesAction>(std::move(group), (arguments.flags & JR_DEVICE_RULES_NODES) != 0);
  for (uint64_t i = 0; i < arguments.rule_count; ++i) {
    const jr_device_rule& rule = arguments.rules[i];
    action->allow({kernels_type(rule.type), rule.major, rule.minor, rule.access});
  }
  draft.device_rules_planned = action.get();
  hold_back(ctx, draft.device_rules, std::move(action));
  return {};
}

}  // namespace jailrun::core::planning
