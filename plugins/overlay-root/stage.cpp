// SPDX-License-Identifier: Apache-2.0
// The jail's root as an overlay over a host directory, mounted on <base>/<exec name>/<id>/root before
// anything is put into it.
#include <jailrun/stage.hpp>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include <linux/capability.h>
#include <sys/stat.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("overlay-lower", "DIR",
                 "the jail's root shows this host directory, which is never changed; what changes ends with "
                 "the jail")
        .required()};
constexpr Fact kConsumes[] = {Fact::text("jail.directory"), Fact::number("jail.uid"),
                              Fact::number("jail.gid")};
constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};
constexpr jr_str kBefore[] = {jailrun::to_str("chroot-builder")};
constexpr jr_str kConflicts[] = {jailrun::to_str("tmpfs-root")};

// True for a directory itself, and for what is below it.
bool is_within(const std::string& path, const std::string& directory) {
  const std::string begin = directory == "/" ? directory : directory + "/";
  return path == directory || path.compare(0, begin.size(), begin) == 0;
}

class OverlayRoot final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string given = context.option("overlay-lower");
    origin_ = context.origin("overlay-lower");
    char resolved[PATH_MAX];
    struct stat now {};
    if (realpath(given.c_str(), resolved) == nullptr || stat(resolved, &now) != 0)
      return jailrun::system_error(errno, given).within(origin_);
    if (!S_ISDIR(now.st_mode)) return jailrun::input_error(given + " is no directory").within(origin_);
    lower_ = resolved;
    return {};
  }

  Result<void> plan(Plan& plan) override {
    const std::string directory = plan.text_fact("jail.directory");
    if (is_within(directory, lower_) || is_within(lower_, directory))
      return jailrun::input_error(origin_ + ": " + lower_ + " and the jail's directory " + directory +
                                  " are one below the other: name a directory apart from it");
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
