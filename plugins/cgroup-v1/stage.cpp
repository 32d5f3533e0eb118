// SPDX-License-Identifier: Apache-2.0
// The jail's groups in cgroup version 1 hierarchies, and their values.
#include "../common/cgroup_options.hpp"

#include <jailrun/stage.hpp>

#include <charconv>

#include <linux/capability.h>

namespace {

using cgroup_options::Value;
using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {cgroup_options::kCgroup, cgroup_options::kParentCgroup};
constexpr Fact kConsumes[] = {Fact::text("jail.id"), Fact::text("jail.name"),
                              Fact::number("jail.cgroup-version").optional()};
constexpr Fact kProvides[] = {Fact::text("jail.cgroup")};
constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};

// Shares, 2 to 262144 with a default of 1024, as a weight, 1 to 10000 with a default of 100.
std::string weight_of(const std::string& text) {
  uint64_t shares = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, shares).ptr != end) return text;
  shares = shares < 2 ? 2 : shares > 262144 ? 262144 : shares;
  return std::to_string(1 + (shares - 2) * 9999 / 262142);
}

// A version 1 value in terms of version 2: most files have the same name and meaning in both.
Value in_version_2(Value value) {
  if (value.file == "memory.limit_in_bytes") {
    value.file = "memory.max";
    if (value.value == "-1") value.value = "max";
  } else if (value.file == "cpu.shares") {
    value.file = "cpu.weight";
    value.value = weight_of(value.value);
  }
  return value;
}

class CgroupV1 final : public jailrun::Stage {
  Result<void> configure(Context& context) override { return cgroup_options::read(context, given_); }

  Result<void> plan(Plan& plan) override {
    const std::string group = given_.group(plan.text_fact("jail.name"), plan.text_fact("jail.id"));
    plan.publish("jail.cgroup", group);
    if (plan.has_fact("jail.cgroup-version") && plan.number_fact("jail.cgroup-version") != 1) return {};
    for (const Value& one : given_.values) {
      // Clients ask for version 1 because their library does by default, whatever the host has.
      const Value other = in_version_2(one);
      if (plan.cgroup_version(one.controller()) == 2) {
        const std::string as = other.file == one.file ? " there" : " as " + other.file + "=" + other.value;
        plan.log(JR_LOG_WARNING, one.origin + ": this host has the controller " + one.controller() +
                                     " in version 2 only; " + one.file + "=" + one.value + " is set" + as);
        plan.cgroup(2, group, other.file, other.value);
      } else {
        plan.cgroup(1, group, one.file, one.value);
      }
    }
    return {};
  }

  cgroup_options::Given given_;
};

}  // namespace

JAILRUN_STAGE(CgroupV1,
              jailrun::Descriptor("cgroup-v1", "1.0.0", "puts the jail into cgroups of version 1 hierarchies")
                  .options(kOptions)
                  .consumes(kConsumes)
                  .provides(kProvides)
                  .after(kAfter)
                  .capability(CAP_DAC_OVERRIDE))
