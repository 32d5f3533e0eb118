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
    Option::flag("new-pid-ns", "run the program as process 1 of a new pid namespace, in the background"),
    Option::flag("init",
                 "with --new-pid-ns: make jailrun's own init process 1, which reaps processes, forwards "
                 "signals to the program and exits as it does")};

// Whether the program sees its own processes alone: 0 or 1.
constexpr Fact kProvides[] = {Fact::number("pid-namespace.new").while_configuring()};

class PidNamespace final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    // In a pipeline file it is for the launches that make a pid namespace.
    if (context.has_option("init") && !context.has_option("new-pid-ns") && context.origin("init") == "--init")
      return jailrun::input_error("--init: without --new-pid-ns there is no process 1 to be");
    context.publish("pid-namespace.new", uint64_t{context.has_option("new-pid-ns") ? 1U : 0U});
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (!plan.has_option("new-pid-ns")) return {};
    plan.pid_namespace();
    if (plan.has_option("init")) plan.init();
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
