// SPDX-License-Identifier: Apache-2.0
// A /sys of the jail's own, read-only, with the host's hardware hidden.
#include "../common/folders.hpp"
#include "../common/hidden.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text(
        "mask-sys", "NAME[,NAME...]",
        "which parts of /sys the program finds empty: default (disks, firmware and power meters, which is "
        "what is taken if nothing is given), none or names")
        .repeatable()};

// It shows the network namespace that the process is in when it is mounted.
constexpr jr_str kAfter[] = {jailrun::to_str("chroot-builder"), jailrun::to_str("netns"),
                             jailrun::to_str("user-net"), jailrun::to_str("isolate"),
                             jailrun::to_str("aarch64-cpu")};

// What container runtimes hide: by reading power meters a program can tell what others compute.
const jailrun_stages::Names& masked_by_default() {
  static const jailrun_stages::Names kNames = {"block", "class/block", "dev/block",
                                               "devices/virtual/powercap", "firmware"};
  return kNames;
}

class Sys final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    if (!context.has_option("mask-sys")) masked_ = masked_by_default();
    return jailrun_stages::add_names(context, "mask-sys", "/sys/", masked_by_default(), masked_);
  }

  // A new instance, without what the host has mounted in its own: no cgroups, no debugfs, no tracefs.
  // Read-only for uid 0 too, as writing there changes the host.
  Result<void> plan(Plan& plan) override {
    jailrun_stages::Folders(plan).add("/sys");
    plan.mount("sysfs", "/sys", JR_MOUNT_READ_ONLY | JR_MOUNT_NOSUID | JR_MOUNT_NODEV | JR_MOUNT_NOEXEC);
    for (const std::string& name : masked_) jailrun_stages::mask(plan, "/sys/" + name);
    return {};
  }

  jailrun_stages::Names masked_;
};

}  // namespace

JAILRUN_STAGE(Sys, jailrun::Descriptor("sys", "1.0.0", "gives the jail a read-only /sys of its own")
                       .options(kOptions)
                       .after(kAfter)
                       .capability(CAP_SYS_ADMIN))
