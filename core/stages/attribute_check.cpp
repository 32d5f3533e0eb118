// SPDX-License-Identifier: Apache-2.0
#include "core/stages/attribute_check.hpp"

#include "core/actions/cgroup.hpp"
#include "core/actions/process/hardening.hpp"
#include "core/actions/process/numa.hpp"
#include "core/actions/process/scheduling.hpp"
#include "core/actions/process/streams.hpp"
#include "core/actions/process/terminal.hpp"
#include "core/sys/numa.hpp"

#include <string_view>

#include <sched.h>

namespace jailrun::core {
namespace {

using Named = std::function<std::string(const std::string& stage)>;

// What the list allows, as "cpuset.cpus" holds it: a caller may have ended it with a newline.
bool allows_all(std::string list, const std::string& wanted) {
  while (!list.empty() && (list.back() == '\n' || list.back() == ' ')) list.pop_back();
  cpu_set_t allowed;
  cpu_set_t cpus;
  cpu_set_t both;
  if (!sys::parse_cpus(list, allowed) || !sys::parse_cpus(wanted, cpus))
    return true;  // the kernel's to judge
  CPU_AND(&both, &allowed, &cpus);
  return CPU_EQUAL(&both, &cpus) != 0;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Why the other action contradicts the affinity; empty: it does not.
std::string contradiction(const SchedulingAction& affinity, const Action& other) {
  if (dynamic_cast<const NumaAction*>(&other) != nullptr) return "on those of " + other.object();
  const auto* const value = dynamic_cast<const GroupValueAction*>(&other);
  if (value == nullptr || !ends_with(value->file(), "/cpuset.cpus") || value->is_inherited()) return {};
  return allows_all(value->value(), affinity.cpus()) ? "" : "only on " + value->value() + ", by a cpuset";
}

Result<void> check_affinity(const Plan& plan, const SchedulingAction& affinity, const Named& named) {
  std::string faults;
  plan.each([&](const Action& other) {
    const std::string why = contradiction(affinity, other);
    if (why.empty()) return;
    faults += (faults.empty() ? "stage " : "; stage ") + named(affinity.stage()) + " runs the program on " +
              affinity.object() + ", and stage " + named(other.stage()) + " " + why + ": leave one out";
  });
  return faults.empty() ? Result<void>() : input_error(faults);
}

// A terminal without somebody to relay it would be one that nobody reads: its program would stop at the first
// few kilobytes that it writes.
Result<void> check_terminal(const Plan& plan, bool is_supervised, const Named& named) {
  const auto own = plan.entering<TakePtyAction>();
  if (own.empty()) return {};
  std::string faults;
  const auto fault = [&](const std::string& what) {
    faults += (faults.empty() ? "stage " : "; stage ") + named(own.front()->stage()) +
              " gives the program a terminal of its own, " + what;
  };
  if (!is_supervised) fault("which its supervisor relays to the caller: add --supervise");
  const auto sessions = plan.entering<SessionAction>();
  if (!sessions.empty())
    fault("and stage " + named(sessions.front()->stage()) + " takes it from its caller: leave one out");
  return faults.empty() ? Result<void>() : input_error(faults);
}

}  // namespace

Result<void> check_attributes(const Plan& plan, bool is_supervised, const Named& named) {
  for (const SchedulingAction* const one : plan.entering<SchedulingAction>())
    if (one->is_affinity()) JR_TRY(check_affinity(plan, *one, named));
  JR_TRY(check_terminal(plan, is_supervised, named));
  const bool has_child = is_supervised || plan.enters_with(kNewSession | kNewPidNamespace);
  const auto leaves = plan.entering<LeaveTerminalAction>();
  if (leaves.empty() || has_child || !sys::leads_terminal()) return {};
  return input_error("stage " + named(leaves.front()->stage()) +
                     ": jailrun leads the session of its terminal, which the program, in its place, could "
                     "take again: start it with --supervise, or from a shell that goes on");
}

}  // namespace jailrun::core
