// SPDX-License-Identifier: Apache-2.0
// A plugin built with a later minor version of the SDK, in which every struct has grown (see
// later_sdk.cmake).
#include <jailrun/stage.hpp>

namespace {

constexpr jailrun::Option kOptions[] = {
    jailrun::Option::flag("teleport", "asks for an action that version 1.0 of the interface lacks"),
    jailrun::Option::flag("seal", "asks by an action's argument for what version 1.0 lacks")};

class Later final : public jailrun::Stage {
  jailrun::Result<void> plan(jailrun::Plan& plan) override {
    plan.write("/later", "made with longer arguments\n", 0444);
    if (plan.has_option("seal")) plan.write_sealed("/sealed");
    if (plan.has_option("teleport")) plan.teleport("/elsewhere");
    return {};
  }
};

}  // namespace

static_assert(JR_ABI_MINOR == 99, "these are not the later headers");

JAILRUN_STAGE(Later, jailrun::Descriptor("later", "1.0.0", "comes from a later SDK").options(kOptions))
