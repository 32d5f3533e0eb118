// SPDX-License-Identifier: Apache-2.0
// A new session, in the background: the caller returns once the program was started.
#include <jailrun/stage.hpp>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::flag("daemonize", "run the program in a new session, its standard streams on /dev/null"),
    Option::text("stdout", "FILE",
                 "with --daemonize: append the program's output to this file, or: syslog, null")
        .defaults_to("null"),
    Option::text("stderr", "FILE", "with --daemonize: the same for its standard error").defaults_to("null")};

class Daemonize final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    JR_TRY(read(context, "stdout", out_));
    return read(context, "stderr", err_);
  }

  static Result<void> read(Context& context, const char* name, Plan::Stream& stream) {
    const std::string given = context.option(name);
    if (given == "null") return {};
    // In a pipeline file it is for the launches that are put into the background.
    if (!context.has_option("daemonize") && context.origin(name) == std::string("--") + name)
      return jailrun::input_error(context.origin(name) +
                                  ": without --daemonize the program keeps the caller's streams");
    stream.kind = given == "syslog" ? JR_STREAM_SYSLOG : JR_STREAM_FILE;
    if (stream.kind == JR_STREAM_SYSLOG) return {};
    stream.file = given;
    if (given.compare(0, 1, "/") != 0)
      return jailrun::input_error(context.origin(name) + ": '" + given +
                                  "' is neither an absolute path nor syslog nor null");
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (plan.has_option("daemonize")) plan.session({}, out_, err_);
    return {};
  }

  Plan::Stream out_;
  Plan::Stream err_;
};

}  // namespace

JAILRUN_STAGE(Daemonize, jailrun::Descriptor("daemonize", "1.0.0", "puts the program into the background")
                             .options(kOptions)
                             .traits(JR_TRAIT_FORKS))
