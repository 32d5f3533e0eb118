// SPDX-License-Identifier: Apache-2.0
// Throws from a stage's functions: the guard of stage.hpp must turn that into an error.
#include <jailrun/stage.hpp>

#include <stdexcept>

namespace {

constexpr jailrun::Option kOptions[] = {
    jailrun::Option::text("throw", "WHERE", "configure, plan, or number: an int, while planning")};

class Thrower final : public jailrun::Stage {
  jailrun::Result<void> configure(jailrun::Context& context) override {
    if (context.option("throw") == "configure") throw std::runtime_error("thrown while configuring");
    return {};
  }

  jailrun::Result<void> plan(jailrun::Plan& plan) override {
    if (plan.option("throw") == "plan") throw std::runtime_error("thrown while planning");
    if (plan.option("throw") == "number") throw 42;
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(Thrower, jailrun::Descriptor("thrower", "1.0.0", "throws exceptions").options(kOptions))
