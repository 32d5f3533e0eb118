// SPDX-License-Identifier: Apache-2.0
// The jail's root in memory: a new tmpfs, mounted on <base>/<exec name>/<id>/root before
// anything is put into it.
#include "../common/memory_size.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>
#include <unistd.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("tmpfs-size", "SIZE", "how much the jail's root can hold, in bytes or with K, M or G")
        .defaults_to("64M"),
    Option::number("tmpfs-inodes", "COUNT",
                   "how many files, directories and links the jail's root can hold, whatever their size", 16,
                   UINT32_MAX)
        .defaults_to("4096")};
constexpr Fact kConsumes[] = {Fact::text("jail.directory"), Fact::number("jail.uid"),
                              Fact::number("jail.gid")};
constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};
constexpr jr_str kBefore[] = {jailrun::to_str("chroot-builder")};
constexpr jr_str kConflicts[] = {jailrun::to_str("overlay-root")};

// Huge pages for the parts of a file that fill them, if the kernel has such pages: copying the program then
// takes half the time. Other kernels refuse the option.
std::string huge_pages() {
  return access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0 ? ",huge=within_size" : "";
}

class TmpfsRoot final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    size_ = context.option("tmpfs-size");
    inodes_ = context.option("tmpfs-inodes");
    if (jailrun_stages::memory_size(size_)) return {};
    return jailrun::input_error(context.origin("tmpfs-size") + ": '" + size_ +
                                "' is not a size: use bytes, or a number with K, M or G, such as 64M");
  }

  Result<void> plan(Plan& plan) override {
    const jr_owner user = plan.user();
    plan.root(jailrun::on_host(plan.text_fact("jail.directory") + "/root"), 0700, user);
    // Without nodev: the jail's device nodes are in it.
    plan.mount_root("tmpfs", JR_MOUNT_NOSUID,
                    "size=" + size_ + ",nr_inodes=" + inodes_ + ",mode=0700,uid=" + std::to_string(user.uid) +
                        ",gid=" + std::to_string(user.gid) + huge_pages());
    return {};
  }

  std::string size_;
  std::string inodes_;
};

}  // namespace

JAILRUN_STAGE(TmpfsRoot, jailrun::Descriptor("tmpfs-root", "1.0.0", "puts the jail's root into memory")
                             .options(kOptions)
                             .consumes(kConsumes)
                             .after(kAfter)
                             .before(kBefore)
                             .conflicts(kConflicts)
                             .capability(CAP_SYS_ADMIN))
