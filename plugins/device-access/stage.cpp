// SPDX-License-Identifier: Apache-2.0
// Which devices the jail's processes can use, whatever nodes they reach or make.
#include "../common/cgroup_options.hpp"
#include "../common/option_values.hpp"
#include "../common/unsupported.hpp"
#include "rule.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text(
        "device-policy", "POLICY",
        "which devices the program can use: closed (those that the launch makes or binds in the jail, and "
        "those of device-rule) or strict (those of device-rule alone)")
        .defaults_to("closed"),
    Option::text(
        "device-rule", "RULE",
        "a device that the program can use: 'TYPE MAJOR:MINOR ACCESS', such as 'c 10:232 rw', or 'PATH "
        "ACCESS' for a device of the host's; TYPE is c, b or a, a number may be *, ACCESS is of r, w and m")
        .repeatable(),
    cgroup_options::kParentCgroup, jailrun_stages::kUnsupported};
constexpr Fact kConsumes[] = {Fact::text("jail.id"), Fact::text("jail.name")};
constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};
constexpr jr_str kBefore[] = {jailrun::to_str("drop-privs")};

class DeviceAccess final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string policy = context.option("device-policy");
    if (policy != "closed" && policy != "strict")
      return jailrun::input_error(context.origin("device-policy") + ": '" + policy +
                                  "' is neither closed nor strict");
    JR_TRY(jailrun_stages::each_value(context, "device-rule",
                                      [&](const std::string& text, uint64_t) -> Result<void> {
                                        JR_ASSIGN(const jr_device_rule rule, device_rules::parse(text));
                                        rules_.push_back(rule);
                                        return {};
                                      }));
    JR_ASSIGN(const bool is_optional, jailrun_stages::goes_without(context));
    flags_ =
        (policy == "closed" ? JR_DEVICE_RULES_NODES : 0) | (is_optional ? JR_DEVICE_RULES_IF_SUPPORTED : 0);
    return cgroup_options::read_parent(context, given_);
  }

  Result<void> plan(Plan& plan) override {
    plan.device_rules(given_.group(plan.text_fact("jail.name"), plan.text_fact("jail.id")), rules_, flags_);
    return {};
  }

  cgroup_options::Given given_;
  std::vector<jr_device_rule> rules_;
  uint32_t flags_ = 0;
};

}  // namespace

JAILRUN_STAGE(DeviceAccess,
              jailrun::Descriptor("device-access", "1.0.0", "limits the devices that the program can use")
                  .options(kOptions)
                  .consumes(kConsumes)
                  .after(kAfter)
                  .before(kBefore)
                  .capability(CAP_SYS_ADMIN)
                  .capability(CAP_NET_ADMIN)
                  .capability(CAP_DAC_OVERRIDE))
