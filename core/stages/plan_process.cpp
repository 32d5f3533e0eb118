// SPDX-License-Identifier: Apache-2.0
// Planning what becomes of the process: its descriptors, cgroups, session, credentials, limits, program.
#include "core/actions/process/credentials.hpp"
#include "core/actions/process/descriptors.hpp"
#include "core/actions/process/exec.hpp"
#include "core/actions/process/limits.hpp"
#include "core/actions/process/numa.hpp"
#include "core/actions/process/streams.hpp"
#include "core/actions/process/terminal.hpp"
#include "core/actions/process/time_limit.hpp"
#include "core/actions/process/user_namespace.hpp"
#include "core/stages/cgroup_requests.hpp"
#include "core/stages/planning.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/lifted_limits.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace jailrun::core::planning {
namespace {

std::vector<std::string> to_strings(jr_str_list list) {
  std::vector<std::string> strings;
  for (uint64_t i = 0; i < list.count; ++i) strings.push_back(to_string(list.items[i]));
  return strings;
}

// The host path that a standard stream is opened at.
Result<std::string> stream_path(uint32_t kind, jr_str file) {
  if (kind == JR_STREAM_FILE) return host_path(file);
  return std::string(kind == JR_STREAM_NULL ? "/dev/null" : "/dev/log");
}

}  // namespace

Result<void> close_inherited(jr_ctx& ctx, const uint32_t* keep, uint64_t count) {
  JR_TRY(append<CloseInheritedAction>(ctx, std::vector<uint32_t>(keep, keep + count)));
  return {};
}

Result<void> cgroup(jr_ctx& ctx, const jr_cgroup& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("cgroup");
  if (!ctx.draft->claimed) return internal_error("a cgroup is planned before the jail's name is claimed");
  const std::string group = to_string(arguments.group);
  return ctx.draft->cgroups->add({std::string(ctx.stage->id), group, to_string(arguments.file),
                                  to_string(arguments.value), arguments.version,
                                  (arguments.flags & JR_CGROUP_DEFAULT) != 0,
                                  (arguments.flags & JR_CGROUP_JOIN) != 0});
}

Result<void> numa(jr_ctx& ctx, const jr_numa& arguments) {
  JR_TRY(append<NumaAction>(ctx, arguments.node, to_string(arguments.cpus)));
  return {};
}

Result<void> session(jr_ctx& ctx, const jr_session& arguments) {
  JR_TRY(needs_trait(ctx, JR_TRAIT_FORKS, "session needs the trait JR_TRAIT_FORKS"));
  SessionAction::Streams streams;
  for (size_t i = 0; i < streams.size(); ++i) {
    const uint32_t kind = arguments.streams[i];
    if (kind == JR_STREAM_KEEP) continue;
    JR_ASSIGN(const std::string path, stream_path(kind, arguments.files[i]));
    // Two streams to one place share one open file, so that their lines do not overwrite each other.
    for (size_t j = 0; j < i && streams[i] == nullptr; ++j)
      if (streams[j] != nullptr && streams[j]->path == path) streams[i] = streams[j];
    if (streams[i] != nullptr) continue;
    JR_ASSIGN(const OpenStreamAction* const open, append<OpenStreamAction>(ctx, kind, path));
    streams[i] = open->stream();
  }
  JR_TRY(append<SessionAction>(ctx, streams));
  return {};
}

namespace {

// No process can have an id that its user namespace does not have.
Result<void> check_mapped(const jr_ctx& ctx, jr_owner owner) {
  if (ctx.draft->user_namespace == nullptr) return {};
  const sys::IdMaps& maps = ctx.draft->user_namespace->maps;
  const bool has_uid = sys::inside_id(maps.uids, owner.uid).has_value();
  if (has_uid && sys::inside_id(maps.gids, owner.gid)) return {};
  return input_error(
      "the program's " + (has_uid ? "gid " + std::to_string(owner.gid) : "uid " + std::to_string(owner.uid)) +
      " is not mapped in its user namespace, which stage " + ctx.draft->user_namespace_stage + " plans");
}

}  // namespace

Result<void> credentials(jr_ctx& ctx, const jr_credentials& arguments) {
  append_held(ctx, ctx.draft->attributes);
  append_held(ctx, ctx.draft->root_seal);
  append_held(ctx, ctx.draft->device_rules);
  append_held(ctx, ctx.draft->raises);
  JR_TRY(check_mapped(ctx, arguments.owner));
  if (ctx.draft->own_terminal != nullptr) ctx.draft->own_terminal->owner = arguments.owner;
  JR_ASSIGN(ctx.draft->credentials,
            append<CredentialsAction>(
                ctx, arguments.owner,
                std::vector<uint32_t>(arguments.groups, arguments.groups + arguments.group_count),
                ctx.draft->user_namespace));
  return {};
}

Result<void> limit(jr_ctx& ctx, const jr_limit& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("limit");
  const sys::Limit wanted = {arguments.soft, arguments.hard};
  JR_ASSIGN(const sys::Limit now, sys::callers_limit(arguments.resource));
  if (wanted.hard > now.hard)
    hold_back(ctx, ctx.draft->raises, std::make_unique<RaiseLimitAction>(arguments.resource, wanted.hard));
  hold_back(ctx, ctx.draft->before_exec, std::make_unique<LimitAction>(arguments.resource, wanted));
  return {};
}

Result<void> time_limit(jr_ctx& ctx, const jr_time_limit& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("time_limit");
  if (ctx.draft->has_time_limit) return internal_error("a time limit is planned twice");
  ctx.draft->has_time_limit = true;
  if (arguments.cpu_s != 0) {
    const uint64_t grace_s = (arguments.grace_ms + 999) / 1000;  // the kernel counts whole seconds
    JR_TRY(limit(ctx, {sizeof(jr_limit), RLIMIT_CPU, arguments.cpu_s, arguments.cpu_s + grace_s}));
  }
  const TimeLimitAction::Times times = {arguments.wall_ms, arguments.cpu_s, arguments.grace_ms};
  hold_back(ctx, ctx.draft->before_exec, std::make_unique<TimeLimitAction>(times));
  return {};
}

namespace {

// Each variable once, by its last mention: programs disagree on which of two counts.
std::vector<std::string> environment(std::vector<std::string> wanted) {
  std::vector<std::string> variables;
  for (std::string& one : wanted) {
    const size_t equals = one.find('=');
    const std::string name = one.substr(0, equals) + "=";
    variables.erase(std::remove_if(variables.begin(), variables.end(),
                                   [&](const std::string& other) { return other.rfind(name, 0) == 0; }),
                    variables.end());
    if (equals != std::string::npos)
      variables.push_back(std::move(one));
    else if (const char* inherited = sys::inherited_variable(one))
      variables.emplace_back(inherited);
  }
  return variables;
}

}  // namespace

Result<void> exec(jr_ctx& ctx, const jr_exec& arguments) {
  if (ctx.draft->has_exec) return internal_error("the program is started twice");
  JR_TRY(needs_trait(ctx, JR_TRAIT_TERMINAL, "exec needs the trait JR_TRAIT_TERMINAL"));
  JR_ASSIGN(const std::string path, jail_path(ctx, arguments.path));
  ExecAction::Program program = {path,
                                 to_strings(arguments.arguments),
                                 environment(to_strings(arguments.environment)),
                                 (arguments.flags & JR_EXEC_NEW_PRIVILEGES) != 0,
                                 {}};
  program.umask = ctx.draft->umask.value_or(program.umask);
  if (arguments.flags & JR_EXEC_JAILER_ARGUMENTS) program.jailer_id = ctx.draft->jail_id;
  if (ctx.draft->user_namespace != nullptr && ctx.draft->credentials == nullptr)
    return input_error(
        "stage " + ctx.draft->user_namespace_stage +
        " plans a user namespace, which is entered with the credentials, and no stage after it "
        "sets those: drop-privs does");
  append_held(ctx, ctx.draft->attributes);  // of a pipeline that changes no credentials
  append_held(ctx, ctx.draft->root_seal);
  append_held(ctx, ctx.draft->device_rules);
  append_held(ctx, ctx.draft->before_limits);
  append_held(ctx, ctx.draft->labels);
  append_held(ctx, ctx.draft->before_exec);
  if (!ctx.draft->capabilities.empty() && ctx.draft->credentials != nullptr)
    ctx.draft->credentials->leave_capabilities();
  append_held(ctx, ctx.draft->capabilities);
  append_held(ctx, ctx.draft->filters);
  ctx.draft->has_exec = true;
  JR_TRY(append<ExecAction>(ctx, std::move(program)));
  return {};
}

}  // namespace jailrun::core::planning
