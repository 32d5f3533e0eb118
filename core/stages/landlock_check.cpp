// SPDX-License-Identifier: Apache-2.0
#include "core/stages/landlock_check.hpp"

#include "core/actions/process/landlock.hpp"
#include "core/plan/capabilities.hpp"
#include "core/sys/paths.hpp"
#include "jailrun/plugin.h"

#include <cerrno>

#include <fcntl.h>

namespace jailrun::core {
namespace {

bool is_at_or_below(const std::string& path, const std::string& top) {
  return path == top || path.compare(0, top.size() + 1, top + "/") == 0;
}

// For what the launch may put at a path, below it or on the way to it. The program is there in any case.
bool may_be_made(const Plan& plan, const std::string& path) {
  bool may = false;
  plan.each([&](const Action& action) {
    may = may || action.has(kPerformedByStage);
    if (may || !action.has(kShowsPath)) return;
    const std::string made = object_name(action);
    may = is_at_or_below(path, made) || is_at_or_below(made, path);
  });
  return may;
}

// What opening it will give; 0: it is there, or that is not known.
int fault_of(const Plan& plan, const Survey& survey, const std::string& path) {
  if (path == "/" || !survey.may_see_root || survey.is_taken || may_be_made(plan, path)) return 0;
  if (survey.is_new || survey.is_replaced || !survey.jail.root) return ENOENT;
  const Result<UniqueFd> place = sys::open_below(survey.jail.root.get(), path, O_PATH);
  const int error = place ? 0 : place.error().error_number;
  return error == ENOENT || error == ELOOP || error == ENOTDIR ? error : 0;
}

Result<void> check_paths(const Plan& plan, const Survey& survey, const LandlockAction& action) {
  for (const LandlockRules::Path& one : action.rules().paths) {
    const int error = fault_of(plan, survey, one.path);
    if (error == ELOOP)
      return input_error("stage " + action.stage() + ": " + one.path +
                         " leads through a symbolic link, and a landlock rule must name it without that");
    if (error != 0)
      return system_error(error, "stage " + action.stage() + ": a landlock rule names " + one.path +
                                     ", which is not in the jail");
  }
  return {};
}

// The kernel asks for both when the program is loaded: it is opened as for reading.
Result<void> check_program(const LandlockAction& action, const std::string& program) {
  const uint64_t needed = action.rules().files & (JR_LANDLOCK_EXECUTE | JR_LANDLOCK_READ_FILE);
  if ((needed & ~action.allowed_at(program)) == 0) return {};
  return input_error("stage " + action.stage() + ": the landlock rules do not let the program itself, " +
                     program + ", be read and executed");
}

}  // namespace

Result<void> check_landlock(const Plan& plan, const Survey& survey, bool is_root_mounted) {
  for (const LandlockAction* const action : plan.entering<LandlockAction>()) {
    // The kernel's rule, as for filters.
    if (plan.enters_with(kGivesPrivileges) && !keeps_root(plan))
      return input_error("stage " + action->stage() +
                         ": landlock can't restrict a program that may gain privileges (new-privileges)");
    JR_TRY(check_program(*action, object_name(*plan.enter().back())));
    if (!is_root_mounted) JR_TRY(check_paths(plan, survey, *action));
  }
  return {};
}

}  // namespace jailrun::core
