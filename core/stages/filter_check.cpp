// SPDX-License-Identifier: Apache-2.0
#include "core/stages/filter_check.hpp"

#include "core/actions/process/capabilities.hpp"
#include "core/actions/process/filter.hpp"
#include "core/plan/capabilities.hpp"
#include "core/seccomp/evaluate.hpp"

#include <linux/seccomp.h>

namespace jailrun::core {
namespace {

using Arguments = std::array<std::optional<uint64_t>, 6>;

struct OwnCall {
  const char* name;
  Arguments arguments;  // as far as they are known
};

bool enters_with(const Plan& plan, uint32_t traits) {
  for (const auto& action : plan.enter())
    if ((action->traits() & traits) != 0) return true;
  return false;
}

// Without no_new_privs.
bool may_load_any(const Plan& plan) {
  for (const auto& action : plan.enter())
    if (const auto* sets = dynamic_cast<const CapabilitiesAction*>(action.get()))
      return sets->keeps(CAP_SYS_ADMIN);
  return keeps_root(plan);
}

// See core/performing/restricted_exec.cpp, which makes no other.
std::vector<OwnCall> own_calls(bool is_child, const FilterAction* next) {
  std::vector<OwnCall> calls = {{"execve", {}}};
  if (next != nullptr) calls.push_back({"seccomp", {SECCOMP_SET_MODE_FILTER, next->filter().flags}});
  if (is_child) {
    calls.push_back({"write", {}});  // tells the parent why
    calls.push_back({"exit_group", {}});
  } else {
    calls.push_back({"exit", {1}});  // hands over to the guard
  }
  return calls;
}

Result<void> check(const FilterAction& action, const std::vector<OwnCall>& calls) {
  std::string stopped;
  for (const OwnCall& call : calls) {
    const seccomp::Question question = {seccomp::audit_number(seccomp::kNative),
                                        seccomp::call_number(seccomp::find_call(call.name), seccomp::kNative),
                                        call.arguments};
    if (!seccomp::always_lets_through(seccomp::view(action.filter().program), question))
      stopped.append(stopped.empty() ? "" : ", ").append(call.name);
  }
  if (stopped.empty()) return {};
  return input_error(
      "stage " + action.stage() + ": the filter " + action.filter().name +
      " does not let through what jailrun itself calls under it to start the program, or to end where "
      "that fails: " +
      stopped);
}

}  // namespace

Result<void> check_filters(const Plan& plan, bool is_supervised) {
  std::vector<const FilterAction*> filters;
  for (const auto& action : plan.enter())
    if (const auto* filter = dynamic_cast<const FilterAction*>(action.get())) filters.push_back(filter);
  if (filters.empty()) return {};
  // The kernel's rule: a filter must not deceive a program that has more privileges than who loaded it.
  if (enters_with(plan, kGivesPrivileges) && !may_load_any(plan))
    return input_error("stage " + filters.front()->stage() +
                       ": a filter can't be loaded where the program may gain privileges (new-privileges)");
  // Beside a guard that is a process it ends as a child does.
  const bool is_child = is_supervised || enters_with(plan, kNewSession | kNewPidNamespace | kEntersUser);
  for (size_t i = 0; i < filters.size(); ++i)
    JR_TRY(check(*filters[i], own_calls(is_child, i + 1 < filters.size() ? filters[i + 1] : nullptr)));
  return {};
}

}  // namespace jailrun::core
