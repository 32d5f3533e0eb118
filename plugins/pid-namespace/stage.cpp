// SPDX-License-Identifier: Apache-2.0
// A new pid namespace, in which the program is process 1.
#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::flag("new-pid-ns", "run the program as process 1 of a new pid namespace, in the background")};

// Whether the program sees its own processes alone: 0 or 1.
constexpr Fact kProvides[] = {Fact::number("pid-namespace.new").while_configuring()};

class PidNamespace final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    context.publish("pid-namespace.new", uint64_t{context.has_option("new-pid-ns") ? 1U : 0U});
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (plan.has_option("new-pid-ns")) plan.pid_namespace();
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(PidNamespace,
              jailrun::Descriptor("pid-namespace", "1.0.0", "gives the program its own pid namespace")
                  .options(kOptions)
                  .provides(kProvides)
                  .traits(JR_TRAIT_FORKS)
                  .capability(CAP_SYS_ADMIN))
