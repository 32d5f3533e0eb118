// SPDX-License-Identifier: Apache-2.0
#include "core/stages/namespace_check.hpp"

#include "core/actions/cgroup.hpp"
#include "core/actions/mount.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/actions/process/user_namespace.hpp"

#include <sched.h>

namespace jailrun::core {
namespace {

// Files whose owners nobody maps would be shown as those of uids of the host that the program may have.
Result<void> check_mapped_binds(const Plan& plan,
                                const std::function<std::string(const std::string&)>& named) {
  std::string faults;
  for (const BindAction* const bind : plan.entering<BindAction>()) {
    const UserNamespace* const mapping = bind->mapping();
    if (mapping == nullptr || (!mapping->maps.uids.empty() && mapping->missing.empty())) continue;
    if (!mapping->maps.uids.empty() && bind->goes_without()) continue;
    faults += (faults.empty() ? "stage " : "; stage ") + named(bind->stage()) +
              " maps the owners of what it shows at " + bind->object() + ", and " +
              (mapping->maps.uids.empty() ? "no stage plans a user namespace: user-namespace does"
                                          : mapping->missing);
  }
  return faults.empty() ? Result<void>() : input_error(faults);
}

}  // namespace

Result<void> check_namespaces(const Plan& plan,
                              const std::function<std::string(const std::string& stage)>& named) {
  JR_TRY(check_mapped_binds(plan, named));
  const std::vector<const NewNamespaceAction*> made = plan.entering<NewNamespaceAction>();
  const std::vector<const JoinNamespaceAction*> joined = plan.entering<JoinNamespaceAction>();
  if (made.empty() && joined.size() < 2) return {};
  std::string faults;
  const auto fault = [&](const Action& one, const std::string& what, const Action& other,
                         const std::string& rest) {
    faults += (faults.empty() ? "stage " : "; stage ") + named(one.stage()) + " " + what + ", and stage " +
              named(other.stage()) + " " + rest;
  };
  // The program would be in the last one, without the network that the helper gives the first.
  for (size_t i = 0; i < joined.size(); ++i)
    for (size_t j = i + 1; j < joined.size(); ++j)
      if (joined[i]->type() == joined[j]->type() && (joined[i]->is_helpers() || joined[j]->is_helpers()))
        fault(*joined[i], "joins " + joined[i]->object(), *joined[j],
              "joins " + joined[j]->object() + ": leave one out");
  for (size_t i = 0; i < made.size(); ++i) {
    const std::string name = sys::namespace_name(made[i]->type());
    for (size_t j = i + 1; j < made.size(); ++j)
      if (made[j]->type() == made[i]->type())
        fault(*made[i], "makes a new " + name + " namespace", *made[j], "another: leave one out");
    bool is_made = false;
    for (const auto& action : plan.enter()) {
      is_made = is_made || action.get() == made[i];
      if (const auto* join = dynamic_cast<const JoinNamespaceAction*>(action.get());
          join != nullptr && join->type() == made[i]->type())
        fault(*made[i], "makes a new " + name + " namespace", *action,
              "joins " + action->object() + ": leave one out");
      // The namespace's root would be the caller's group, and the program would see the way from there.
      if (is_made && made[i]->type() == CLONE_NEWCGROUP && !made[i]->is_missing() &&
          dynamic_cast<const JoinGroupAction*>(action.get()) != nullptr)
        fault(*made[i], "makes a new cgroup namespace", *action,
              "joins " + action->object() + " after it: it must come before");
    }
  }
  return faults.empty() ? Result<void>() : input_error(faults);
}

}  // namespace jailrun::core
