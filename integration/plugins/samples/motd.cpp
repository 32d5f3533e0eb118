// SPDX-License-Identifier: Apache-2.0
// A stage that a site might add: a message in the jail.
#include <jailrun/stage.hpp>

namespace {

constexpr jailrun::Option kOptions[] = {
    jailrun::Option::text("message", "TEXT", "what /motd says").defaults_to("this is a jail")};
constexpr jailrun::Fact kConsumes[] = {jailrun::Fact::text("jail.root")};

class Motd final : public jailrun::Stage {
  jailrun::Result<void> plan(jailrun::Plan& plan) override {
    plan.write("/motd", plan.option("message") + "\n", 0444);
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(Motd, jailrun::Descriptor("motd", "1.0.0", "puts a message into the jail")
                        .options(kOptions)
                        .consumes(kConsumes))
