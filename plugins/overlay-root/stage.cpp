// SPDX-License-Identifier: Apache-2.0
// The jail's root as an overlay over a host directory, mounted on <base>/<exec name>/<id>/root before
// anything is put into it.
#include "../common/paths.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;
using jailrun_stages::is_within;

constexpr Option kOptions[] = {
    Option::text("overlay-lower", "DIR",
                 "show this host directory as the jail's root; it is never changed, and changes are removed "
                 "with the jail")
        .required()};
constexpr Fact kConsumes[] = {Fact::text("jail.directory"), Fact::number("jail.uid"),
                              Fact::number("jail.gid")};
constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};
constexpr jr_str kBefore[] = {jailrun::to_str("chroot-builder")};
constexpr jr_str kConflicts[] = {jailrun::to_str("tmpfs-root")};

class OverlayRoot final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string given = context.option("overlay-lower");
    origin_ = context.origin("overlay-lower");
    Result<std::string> lower = jailrun_stages::real_directory(given);
    if (!lower) return std::move(lower).error().within(origin_);
    lower_ = std::move(lower).value();
    return {};
  }

  Result<void> plan(Plan& plan) override {
    const std::string directory = plan.text_fact("jail.directory");
    if (is_within(directory, lower_) || is_within(lower_, directory))
      return jailrun::input_error(origin_ + ": one of " + lower_ + " and the jail's directory " + directory +
                                  " is inside the other: name a directory outside it");
    plan.root(jailrun::on_host(directory + "/root"), 0700, plan.user());
    // Without nodev: the jail's device nodes are in it. An image's set-id programs raise nobody.
    plan.overlay_root(jailrun::on_host(lower_), 0700, plan.user(), JR_MOUNT_NOSUID);
    return {};
  }

  std::string lower_;
  std::string origin_;
};

}  // namespace

JAILRUN_STAGE(OverlayRoot, jailrun::Descriptor("overlay-root", "1.0.0",
                                               "makes the jail's root an overlay over a directory")
                               .options(kOptions)
                               .consumes(kConsumes)
                               .after(kAfter)
                               .before(kBefore)
                               .conflicts(kConflicts)
                               .capability(CAP_SYS_ADMIN))
