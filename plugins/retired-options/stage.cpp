// SPDX-License-Identifier: Apache-2.0
// Options that only old versions of Firecracker's jailer had, and that clients from that time still pass.
#include <jailrun/stage.hpp>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::number("seccomp-level", "LEVEL", "ignored: the program sets its own system call filter", 0, 2),
    Option::text("extra-args", "TEXT", "ignored: the program's own arguments come after --")};

class RetiredOptions final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    // Up to 0.20 the jailer passed the level to Firecracker, whose default is level 2.
    if (context.has_option("seccomp-level"))
      context.log(JR_LOG_INFO, context.origin("seccomp-level") +
                                   " is ignored: to change what Firecracker filters, pass --no-seccomp or "
                                   "--seccomp-filter to it after --");
    // In the help of 0.21 to 0.23 it meant the words after `--`, but its value was never used.
    if (context.has_option("extra-args"))
      context.log(JR_LOG_INFO,
                  context.origin("extra-args") + " is ignored: pass the program's arguments after --");
    return {};
  }

  Result<void> plan(Plan&) override { return {}; }
};

}  // namespace

JAILRUN_STAGE(RetiredOptions,
              jailrun::Descriptor("retired-options", "1.0.0",
                                  "accepts options of old jailers that have no effect any more")
                  .options(kOptions))
