// SPDX-License-Identifier: Apache-2.0
// How long the program may run, and how much CPU time it may use.
#include "../common/faults.hpp"
#include "duration.hpp"

#include <jailrun/stage.hpp>

#include <linux/capability.h>

namespace {

using jailrun::Context;
using jailrun::Option;
using jailrun::Plan;
using jailrun::Result;

constexpr Option kOptions[] = {
    Option::text("wall", "DURATION",
                 "how long the program may run, such as 90s, 15m or 1h30m; then the supervisor ends it: with "
                 "--supervise only"),
    Option::text(
        "cpu", "DURATION",
        "how much CPU time each process of the program may use, in whole seconds; then it gets SIGXCPU"),
    Option::text("grace", "DURATION",
                 "how long after SIGTERM (wall) or SIGXCPU (cpu, of CPU time) what is left is killed")
        .defaults_to("10s")};

class TimeLimit final : public jailrun::Stage {
  Result<void> configure(Context& context) override {
    jailrun_stages::Faults faults;
    const auto read = [&](const char* name, uint64_t& time) {
      Result<uint64_t> parsed = jailrun_stages::parse_duration(context.option(name));
      if (parsed) time = parsed.value();
      std::string fault = parsed ? "" : parsed.error().sentence;
      if (parsed && time == 0 && name != std::string("grace")) fault = "a limit of 0 would let nothing run";
      faults.add(context.origin(name), fault);
    };
    uint64_t cpu_ms = 0;
    if (context.has_option("wall")) read("wall", wanted_.wall_ms);
    if (context.has_option("cpu")) read("cpu", cpu_ms);
    read("grace", wanted_.grace_ms);
    JR_TRY(faults.result());
    wanted_.cpu_s = (cpu_ms + 999) / 1000;  // the kernel counts whole seconds
    return {};
  }

  Result<void> plan(Plan& plan) override {
    if (wanted_.wall_ms != 0 || wanted_.cpu_s != 0) plan.time_limit(wanted_);
    return {};
  }

  Plan::TimeLimit wanted_;
};

}  // namespace

JAILRUN_STAGE(TimeLimit,
              jailrun::Descriptor("time-limit", "1.0.0", "limits the time that the program may run")
                  .options(kOptions)
                  .capability(CAP_SYS_RESOURCE))
