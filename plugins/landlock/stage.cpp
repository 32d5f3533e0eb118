// SPDX-License-Identifier: Apache-2.0
// What the program can do with files and TCP ports, and whom it can reach outside the jail: see landlock(7).
#include "../common/unsupported.hpp"
#include "access.hpp"

#include <jailrun/stage.hpp>

namespace {

using jailrun::Context;
using jailrun::Fact;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text(
        "read", "PATH[,PATH...]",
        "directories and files in the jail that the program may read, with all that is below them; once "
        "read, write, execute or ioctl is given, it can open no others; none: no file")
        .repeatable(),
    Option::text("write", "PATH[,PATH...]",
                 "directories and files that the program may read and change: it can write, make, rename and "
                 "remove files there, but make no device nodes; none: no file")
        .repeatable(),
    Option::text(
        "execute", "PATH[,PATH...]",
        "directories and files that the program may read and execute; it may always execute itself, but "
        "its loader, if it has one, must be among them; none: no other file")
        .repeatable(),
    Option::text("ioctl", "PATH[,PATH...]",
                 "devices that the program may read, write and control with ioctl(2); none: no device")
        .repeatable(),
    Option::text(
        "bind-tcp", "PORT[,PORT...]",
        "the only TCP ports that the program may bind to; 0: any that the kernel chooses; none: no port")
        .repeatable(),
    Option::text("connect-tcp", "PORT[,PORT...]",
                 "the only TCP ports that the program may connect to; none: no port")
        .repeatable(),
    Option::text(
        "scope", "WHAT[,WHAT...]",
        "what the program can't reach outside the jail: abstract-sockets (those of unix(7) without a "
        "path) or signals (it can send none to other processes)")
        .repeatable(),
    jailrun_stages::kUnsupported};

constexpr Fact kFacts[] = {Fact::text("jail.name")};

class Landlock final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    JR_ASSIGN(const bool goes_without, jailrun_stages::goes_without(context));
    flags_ = goes_without ? JR_LANDLOCK_IF_SUPPORTED : 0;
    return access_.read(context);
  }

  Result<void> plan(Plan& plan) override {
    plan.landlock(access_.rules_for("/" + plan.text_fact("jail.name")), flags_);
    return {};
  }

  jailrun_stages::Access access_;
  uint32_t flags_ = 0;
};

}  // namespace

JAILRUN_STAGE(Landlock,
              jailrun::Descriptor("landlock", "1.0.0",
                                  "restricts what the program can do with files, TCP ports and processes")
                  .options(kOptions)
                  .consumes(kFacts)
                  .traits(JR_TRAIT_RESTRICTS))
