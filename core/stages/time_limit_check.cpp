// SPDX-License-Identifier: Apache-2.0
#include "core/stages/time_limit_check.hpp"

#include "core/actions/process/limits.hpp"
#include "core/actions/process/time_limit.hpp"

#include <sys/resource.h>

namespace jailrun::core {

Result<void> check_time_limit(const Plan& plan, bool is_supervised,
                              const std::function<std::string(const std::string& stage)>& named) {
  const auto limits = plan.entering<TimeLimitAction>();
  if (limits.empty()) return {};
  const TimeLimitAction* const wanted = limits.front();
  std::string faults;
  const auto fault = [&](const std::string& what) {
    faults += (faults.empty() ? "stage " : "; stage ") + named(wanted->stage()) + " " + what;
  };
  if (wanted->times().wall_ms != 0 && !is_supervised)
    fault("limits the wall-clock time, and only a supervisor can end the program then: add --supervise");
  for (const LimitAction* const other : plan.entering<LimitAction>())
    if (wanted->times().cpu_s != 0 && other->resource() == RLIMIT_CPU && other->stage() != wanted->stage())
      fault("limits the CPU time, and stage " + named(other->stage()) + " does, too: leave one out");
  return faults.empty() ? Result<void>() : input_error(faults);
}

}  // namespace jailrun::core
