// SPDX-License-Identifier: Apache-2.0
// A site's own `devices`: only /dev/null and /dev/zero. Not built with the tree: the test compiles it with
// the installed headers alone, as a site would.
#include <jailrun/stage.hpp>

namespace {

constexpr jailrun::Fact kConsumes[] = {jailrun::Fact::text("jail.root"), jailrun::Fact::number("jail.uid"),
                                       jailrun::Fact::number("jail.gid")};

class SiteDevices final : public jailrun::Stage {
  jailrun::Result<void> plan(jailrun::Plan& plan) override {
    plan.directory("/dev", 0700, plan.user());
    plan.node("/dev/null", JR_NODE_CHAR, 1, 3, 0600, plan.user());
    plan.node("/dev/zero", JR_NODE_CHAR, 1, 5, 0600, plan.user());
    return {};
  }
};

}  // namespace

JAILRUN_STAGE(SiteDevices,
              jailrun::Descriptor("devices", "7.0.0", "makes the site's nodes").consumes(kConsumes))
