// SPDX-License-Identifier: Apache-2.0
// Planning a program that runs beside the jail's.
#include "core/actions/process/helper.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/plugin/trust.hpp"
#include "core/stages/planning.hpp"
#include "core/sys/process.hpp"
#include "core/sys/user_namespace.hpp"
#include "jailrun/strings.hpp"

#include <sched.h>

namespace jailrun::core::planning {

Result<void> helper(jr_ctx& ctx, const jr_helper& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("helper");
  if (!ctx.draft->claimed) return internal_error("a helper is planned before the jail's name is claimed");
  const auto wanted = std::make_shared<Helper>();
  wanted->name = to_string(arguments.name);
  for (const std::string& name : ctx.draft->helpers)
    if (name == wanted->name) return internal_error("two helpers are named '" + name + "'");
  ctx.draft->helpers.push_back(wanted->name);
  JR_ASSIGN(wanted->path, host_path(arguments.path));
  // Judged again when it is opened for the launch: here so that nothing is made in vain.
  Trust trust;
  JR_TRY(trust.open_file(wanted->path));
  if (!sys::is_proc_mounted()) return sys::no_proc("the helper " + wanted->name);
  sys::HelperProgram& program = wanted->program;
  program.arguments.push_back(wanted->path);
  for (uint64_t i = 0; i < arguments.arguments.count; ++i)
    program.arguments.push_back(to_string(arguments.arguments.items[i]));
  for (uint64_t i = 0; i < arguments.environment.count; ++i)
    program.environment.push_back(to_string(arguments.environment.items[i]));
  program.owner = arguments.owner;
  program.has_network = (arguments.flags & JR_HELPER_NETWORK) != 0;
  program.goes_to_background = (arguments.flags & JR_HELPER_BACKGROUND) != 0;
  wanted->start_ms = arguments.start_ms;
  if (program.has_network)
    if (std::string missing = sys::missing_user_namespace(); !missing.empty())
      return Error{JR_ERROR_UNSUPPORTED, 0, "the helper " + wanted->name + " needs one: " + missing};
  JR_TRY(append<HelperAction>(ctx, wanted));
  JR_TRY(append<FollowProgramAction>(ctx, wanted));
  if (program.has_network)
    JR_TRY(append<JoinNamespaceAction>(ctx, "the network of helper " + wanted->name, uint32_t{CLONE_NEWNET},
                                       wanted->network));
  return {};
}

}  // namespace jailrun::core::planning
