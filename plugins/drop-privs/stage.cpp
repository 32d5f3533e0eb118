// SPDX-License-Identifier: Apache-2.0
// The program's credentials: this user and group, no supplementary groups.
#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr uint64_t kLargestId = 4294967294;  // 2^32 - 1 means "no change" to the kernel, see setresuid(2)
constexpr Option kOptions[] = {
    Option::number("uid", "UID", "the program's user id", 0, kLargestId).required(),
    Option::number("gid", "GID", "the program's group id", 0, kLargestId).required()};
constexpr Fact kProvides[] = {Fact::number("jail.uid").while_configuring(),
                              Fact::number("jail.gid").while_configuring()};

class DropPrivs final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    context.publish("jail.uid", context.option_number("uid"));
    context.publish("jail.gid", context.option_number("gid"));
    return {};
  }

  Result<void> plan(Plan& plan) override {
    plan.credentials(plan.user());
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(DropPrivs, jailrun::Descriptor("drop-privs", "1.0.0", "sets the program's user and group")
                             .options(kOptions)
                             .provides(kProvides)
                             .traits(JR_TRAIT_DROPS_PRIVILEGE)
                             .capability(CAP_SETUID)
                             .capability(CAP_SETGID))
