// SPDX-License-Identifier: Apache-2.0
// A new pid namespace, in which the program is process 1.
#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::flag("new-pid-ns", "run the program as process 1 of a new pid namespace, in the background")};

class PidNamespace final : public jailrun::Stage {
  Result<void> plan(Plan& plan) override {
    if (plan.has_option("new-pid-ns")) plan.pid_namespace();
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(PidNamespace,
              jailrun::Descriptor("pid-namespace", "1.0.0", "gives the program its own pid namespace")
                  .options(kOptions)
                  .traits(JR_TRAIT_FORKS)
                  .capability(CAP_SYS_ADMIN))
