// SPDX-License-Identifier: Apache-2.0
// The jail's root: <base>/<exec name>/<id>/root with a copy of the program, and the process moved into it.
#include <jailrun/stage.hpp>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("chroot-base-dir", "DIR", "jails are made below this directory, which must exist")
        .defaults_to("/srv/jailer"),
    Option::text(
        "program", "WAY",
        "how the program comes into the jail: copy, reflink (a copy that shares the data), link (a hard "
        "link: the same file) or bind (the same file, read-only)")
        .defaults_to("copy")};
constexpr Fact kConsumes[] = {Fact::text("jail.name"), Fact::text("jail.program"),
                              Fact::text("jail.directory"), Fact::number("jail.uid"),
                              Fact::number("jail.gid")};
constexpr Fact kProvides[] = {Fact::text("jail.base").while_configuring(), Fact::text("jail.root")};
constexpr jr_str kAfter[] = {jailrun::to_str("validate-id")};

class ChrootBuilder final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    const std::string given = context.option("chroot-base-dir");
    const auto within = [&](jailrun::Error error) {
      return std::move(error).within(context.origin("chroot-base-dir"));
    };
    char resolved[PATH_MAX];
    if (realpath(given.c_str(), resolved) == nullptr) return within(jailrun::system_error(errno, given));
    struct stat now {};
    if (stat(resolved, &now) != 0) return within(jailrun::system_error(errno, given));
    if (!S_ISDIR(now.st_mode)) return within(jailrun::input_error(given + " is no directory"));
    struct statvfs traits {};
    if (statvfs(resolved, &traits) != 0) return within(jailrun::system_error(errno, given));
    if (traits.f_flag & ST_NOEXEC)
      return within(jailrun::input_error(
          given + " is on a filesystem mounted noexec: no program could be started in the jail"));
    if (std::string(resolved) == "/")
      return within(
          jailrun::input_error("jails can't be made in the root directory itself: name one below it"));
    context.publish("jail.base", resolved);
    way_ = context.option("program");
    if (way_ != "copy" && way_ != "reflink" && way_ != "link" && way_ != "bind")
      return jailrun::input_error(context.origin("program") + ": '" + way_ +
                                  "' is none of copy, reflink, link, bind");
    return {};
  }

  Result<void> plan(Plan& plan) override {
    const std::string name = plan.text_fact("jail.name");
    const std::string root = plan.text_fact("jail.directory") + "/root";
    plan.root(jailrun::on_host(root), 0700, plan.user());
    plan.directory("/run", 0700, plan.user());
    const jailrun::Host program = jailrun::on_host(plan.text_fact("jail.program"));
    const std::string path = "/" + name;
    // By default a copy: two VMs must not share the pages of one inode, and a jail must not keep the original
    // busy.
    if (way_ == "copy") plan.copy(program, path, plan.user());
    if (way_ == "reflink") plan.copy(program, path, plan.user(), JR_MODE_OF_SOURCE, JR_COPY_REFLINK);
    if (way_ == "link") plan.link(program, path);
    if (way_ == "bind") plan.write(path, "", 0755);  // something to mount over
    plan.new_root();
    if (way_ == "bind") plan.bind(program, path, JR_MOUNT_READ_ONLY | JR_MOUNT_NODEV | JR_MOUNT_NOSUID);
    plan.publish("jail.root", root);
    return {};
  }

  std::string way_;
};

}  // namespace

JAILRUN_STAGE(ChrootBuilder,
              jailrun::Descriptor("chroot-builder", "1.0.0", "builds the jail's root and enters it")
                  .options(kOptions)
                  .consumes(kConsumes)
                  .provides(kProvides)
                  .after(kAfter)
                  .traits(JR_TRAIT_CHANGES_ROOT)
                  .capability(CAP_CHOWN)
                  .capability(CAP_SYS_ADMIN))
