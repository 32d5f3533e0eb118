// SPDX-License-Identifier: Apache-2.0
#include "core/stages/filter_check.hpp"

#include "core/actions/process/capabilities.hpp"
#include "core/actions/process/credentials.hpp"
#include "core/actions/process/filter.hpp"
#include "core/plan/capabilities.hpp"
#include "core/seccomp/evaluate.hpp"
#include "core/sys/capabilities.hpp"

#include <optional>
#include <string_view>

#include <linux/seccomp.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

using Arguments = std::array<std::optional<uint64_t>, 6>;

struct OwnCall {
  const char* name;
  Arguments arguments;  // as far as they are known
  bool is_keyed = false;
};

// Without no_new_privs.
bool may_load_any(const Plan& plan) {
  const auto sets = plan.entering<CapabilitiesAction>();
  return sets.empty() ? keeps_root(plan) : sets.front()->keeps(CAP_SYS_ADMIN);
}

// See core/performing/restricted_exec.cpp, which makes no other. Under the filter at `at`.
std::vector<OwnCall> own_calls(bool is_child, const std::vector<const FilterAction*>& filters, size_t at) {
  std::vector<OwnCall> calls = {{"execve", {}, true}};
  if (at + 1 < filters.size()) {
    const FilterAction::Filter& next = filters[at + 1]->filter();
    // Those for a listener depend on the kernel.
    const bool has_listener = next.notifications.has_value();
    calls.push_back(
        {"seccomp",
         {SECCOMP_SET_MODE_FILTER, has_listener ? std::nullopt : std::optional<uint64_t>(next.flags)}});
  }
  for (size_t i = at; i < filters.size(); ++i)
    if (filters[i]->filter().notifications) calls.push_back({"sendmsg", {}, true});
  if (is_child) {
    calls.push_back({"write", {}});  // tells the parent why
    calls.push_back({"exit_group", {}});
  } else {
    calls.push_back({"exit", {1}});  // hands over to the guard
  }
  return calls;
}

// Whoever has one may read the key in the kernel's memory, change the filter there, have the kernel start a
// program, or make a process execute one that is not under the filter.
constexpr uint64_t kBeyondFilters = capability_set(CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_PTRACE,
                                                   CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_PERFMON, CAP_BPF);

uint64_t kept_capabilities(const Plan& plan) {
  if (const auto sets = plan.entering<CapabilitiesAction>(); !sets.empty()) return sets.front()->kept();
  return plan.enters_with(kDropsRoot) ? 0 : sys::effective_capabilities();
}

Result<void> check_exec_once(const Plan& plan, const FilterAction& action) {
  const std::string where = "stage " + action.stage() + ": the filter can't let one exec through alone: ";
  // Even without capabilities it owns /proc/sys, where it says what the kernel itself starts.
  const bool keeps_callers = plan.entering<CredentialsAction>().empty();
  if (!plan.enters_with(kDropsRoot) && (!keeps_callers || geteuid() == 0))
    return input_error(where + "the program is root, which can have the kernel start others; give it a uid");
  const uint64_t beyond = kept_capabilities(plan) & kBeyondFilters;
  if (beyond == 0) return {};
  return input_error(where + "the program keeps " + sys::capability_names(beyond) +
                     ", which reaches beyond every filter");
}

Result<void> check(const FilterAction& action, const std::vector<OwnCall>& calls) {
  std::string stopped;
  const auto arguments = [&](const OwnCall& call) {
    Arguments all = call.arguments;
    const auto& key = action.filter().key;
    if (key && call.is_keyed)
      for (unsigned i = 0; i < key->size(); ++i) all[seccomp::kExecKeyArgument + i] = (*key)[i];
    return all;
  };
  for (const OwnCall& call : calls) {
    const seccomp::Question question = {seccomp::audit_number(seccomp::kNative),
                                        seccomp::call_number(seccomp::find_call(call.name), seccomp::kNative),
                                        arguments(call)};
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

Result<void> check_filters(const Plan& plan, bool is_supervised,
                           const std::function<std::string(const std::string& stage)>& named) {
  const std::vector<const FilterAction*> filters = plan.entering<FilterAction>();
  if (filters.empty()) return {};
  // The kernel's rule: a filter must not deceive a program that has more privileges than who loaded it.
  if (plan.enters_with(kGivesPrivileges) && !may_load_any(plan))
    return input_error("stage " + filters.front()->stage() +
                       ": a filter can't be loaded where the program may gain privileges (new-privileges)");
  // Beside a guard that is a process it ends as a child does.
  const bool is_child = is_supervised || plan.enters_with(kNewSession | kNewPidNamespace | kEntersUser);
  for (const FilterAction* const one : filters) {
    if (one->filter().is_exec_once) JR_TRY(check_exec_once(plan, *one));
    if (one->filter().notifications && !is_supervised)
      return input_error("stage " + named(one->stage()) +
                         ": only a supervisor can answer what the program calls, " +
                         (one->learns() ? "to learn it" : "to refuse and note it") + ": add --supervise");
  }
  for (size_t i = 0; i < filters.size(); ++i) JR_TRY(check(*filters[i], own_calls(is_child, filters, i)));
  return {};
}

}  // namespace jailrun::core
