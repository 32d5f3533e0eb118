// SPDX-License-Identifier: Apache-2.0
// The jail's group in the cgroup version 2 hierarchy, if that version is requested.
#include "../common/cgroup_options.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using cgroup_options::Value;
using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    cgroup_options::kCgroup, cgroup_options::kParentCgroup,
    Option::number("cgroup-version", "VERSION", "the cgroup version that the values are for", 1, 2)
        .defaults_to("1")};
constexpr Fact kConsumes[] = {Fact::text("jail.id"), Fact::text("jail.name")};
constexpr Fact kProvides[] = {Fact::number("jail.cgroup-version").while_configuring()};
constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};

class CgroupV2 final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    version_ = context.option_number("cgroup-version");
    context.publish("jail.cgroup-version", version_);
    return cgroup_options::read(context, given_);
  }

  Result<void> plan(Plan& plan) override {
    if (version_ != 2) return {};
    const std::string name = plan.text_fact("jail.name");
    const std::string group = given_.group(name, plan.text_fact("jail.id"));
    for (const Value& one : given_.values) plan.cgroup(2, group, one.file, one.value);
    // Without values no group is made: the process moves into the parent group, if that exists.
    const std::string parent = given_.parent_or(name);
    if (given_.values.empty() && !parent.empty()) plan.join_cgroup(parent);
    return {};
  }

  uint64_t version_ = 1;
  cgroup_options::Given given_;
};

}  // namespace

JAILRUN_STAGE(CgroupV2, jailrun::Descriptor("cgroup-v2", "1.0.0", "puts the jail into a cgroup of version 2")
                            .options(kOptions)
                            .consumes(kConsumes)
                            .provides(kProvides)
                            .after(kAfter)
                            .capability(CAP_DAC_OVERRIDE))
