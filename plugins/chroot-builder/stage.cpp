// SPDX-License-Identifier: Apache-2.0
// The jail's root: <base>/<exec name>/<id>/root with a copy of the program, and the process moved into it.
#include "../common/host_file.hpp"
#include "../common/jail_mount.hpp"
#include "../common/paths.hpp"

#include <jailrun/stage.hpp>

#include <cerrno>

#include <linux/capability.h>
#include <sys/statvfs.h>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("chroot-base-dir", "DIR", "the directory below which jails are made; it must exist")
        .defaults_to("/srv/jailer"),
    Option::text(
        "program", "METHOD",
        "how the program is put into the jail: copy, reflink (a copy that shares the data), link (a hard "
        "link: the same file) or bind (the same file, read-only)")
        .defaults_to("copy"),
    Option::flag("read-only-root",
                 "the program can't change anything in its root, but in what is mounted there: see the "
                 "stages tmp, shm "
                 "and bind")};
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
    Result<std::string> base = jailrun_stages::real_directory(given);
    if (!base && base.error().error_number == ENOENT)
      return within(jailrun::input_error(given + " does not exist: make it with 'mkdir -p " + given + "'"));
    if (!base) return within(std::move(base).error());
    if (base.value() == "/")
      return within(jailrun::input_error(
          "jails can't be made in the root directory itself: name a directory below it"));
    base_ = base.value();
    origin_ = context.origin("chroot-base-dir");
    context.publish("jail.base", base_);
    is_read_only_ = context.has_option("read-only-root");
    method_ = context.option("program");
    if (!jailrun_stages::is_method(method_))
      return jailrun::input_error(context.origin("program") + ": '" + method_ + "' is not one of " +
                                  jailrun_stages::kMethods);
    return {};
  }

  Result<void> plan(Plan& plan) override {
    const std::string name = plan.text_fact("jail.name");
    const std::string root = plan.text_fact("jail.directory") + "/root";
    JR_TRY(check_exec(root));
    plan.root(jailrun::on_host(root), 0700, plan.user());
    plan.directory("/run", 0700, plan.user());
    const std::string program = plan.text_fact("jail.program");
    const std::string path = "/" + name;
    const bool is_bound = method_ == "bind";
    // By default a copy: two VMs must not share the pages of one inode, and a jail must
    // not keep the original busy.
    if (!is_bound) jailrun_stages::HostFile{program, path, plan.user()}.by(method_, plan);
    // Unlike other files, read-only: a jail must not change the program of the next one.
    if (is_bound) plan.write(path, "", 0755);  // something to mount over
    plan.new_root();
    if (is_bound)
      plan.bind(jailrun::on_host(program), path, JR_MOUNT_READ_ONLY | JR_MOUNT_NODEV | JR_MOUNT_NOSUID);
    if (is_read_only_) plan.read_only_root();
    plan.publish("jail.root", root);
    return {};
  }

  Result<void> check_exec(const std::string& root) const {
    Result<jailrun_stages::JailMount> mount = jailrun_stages::jail_mount(root, base_);
    if (!mount) return std::move(mount).error().within(origin_);
    if ((mount.value().flags & ST_NOEXEC) == 0) return {};
    return jailrun::input_error(
        origin_ + ": " + mount.value().shown +
        " is on a filesystem mounted noexec: no program could be started in the jail");
  }

  bool is_read_only_ = false;
  std::string method_;
  std::string base_;
  std::string origin_;  // the option as it was given
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
