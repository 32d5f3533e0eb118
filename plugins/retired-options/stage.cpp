// SPDX-License-Identifier: Apache-2.0
// Options that only old versions of Firecracker's jailer had, and that clients of their time still pass.
#include <jailrun/stage.hpp>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::number("seccomp-level", "LEVEL", "ignored: the program sets its own system call filter", 0, 2),
    Option::text("extra-args", "TEXT", "ignored: the program's own arguments stand after --")};

class RetiredOptions final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    // Up to 0.20 the jailer handed the level on to Firecracker, which by itself filters as at level 2.
    if (context.has_option("seccomp-level"))
      context.log(JR_LOG_INFO, context.origin("seccomp-level") +
                                   " is ignored: what Firecracker shall filter is said after --, by its own "
                                   "--no-seccomp or --seccomp-filter");
    // In the help of 0.21 to 0.23 it stood for what follows `--`, but a value given to it went nowhere.
    if (context.has_option("extra-args"))
      context.log(JR_LOG_INFO, context.origin("extra-args") +
                                   " is ignored: what shall reach the program is said after --");
    return {};
  }

  Result<void> plan(Plan&) override { return {}; }
};

}  // namespace

JAILRUN_STAGE(RetiredOptions, jailrun::Descriptor("retired-options", "1.0.0",
                                                  "takes options of old jailers that mean nothing any more")
                                  .options(kOptions))
