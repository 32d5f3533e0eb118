// SPDX-License-Identifier: Apache-2.0
// The functions with which a stage plans: jr_actions of plugin.h. Each judges its arguments and appends
// actions.
#include "core/actions/alias.hpp"
#include "core/actions/call.hpp"
#include "core/actions/claim.hpp"
#include "core/actions/copy.hpp"
#include "core/actions/directory.hpp"
#include "core/actions/file.hpp"
#include "core/actions/mount.hpp"
#include "core/actions/node.hpp"
#include "core/actions/process/credentials.hpp"
#include "core/actions/process/descriptors.hpp"
#include "core/actions/process/exec.hpp"
#include "core/actions/process/limits.hpp"
#include "core/actions/process/namespaces.hpp"
#include "core/actions/process/numa.hpp"
#include "core/actions/process/streams.hpp"
#include "core/actions/root_mount.hpp"
#include "core/stages/arguments.hpp"
#include "core/stages/cgroup_requests.hpp"
#include "core/stages/context.hpp"
#include "core/stages/facts.hpp"
#include "core/sys/credentials.hpp"
#include "core/sys/inheritance.hpp"
#include "core/sys/paths.hpp"
#include "jailrun/strings.hpp"

#include <algorithm>

#include <sched.h>

namespace jailrun::core {
namespace {

std::string to_string(jr_str text) { return std::string(to_view(text)); }

jr_status not_in_alternative(jr_ctx* ctx, std::string_view verb) {
  return ctx->fail(internal_error(std::string(verb) + " can't be planned in an alternative"));
}

void join_alternative(jr_ctx* ctx, Action& action) {
  const std::shared_ptr<Choice>& choice = ctx->draft->choice;
  if (choice == nullptr) return;
  if (choice->names.empty())
    ctx->fail(internal_error("an action is planned between first_of and its first alternative"));
  else if (action.has(kRepeatable))
    action.set_alternative(choice, choice->names.size() - 1);
  else
    not_in_alternative(ctx, action.verb());
}

template <class T, class... Arguments>
T* append(jr_ctx* ctx, Arguments&&... arguments) {
  auto action = std::make_unique<T>(std::forward<Arguments>(arguments)...);
  action->set_stage(std::string(ctx->stage->id));
  join_alternative(ctx, *action);
  T* lent = action.get();
  ctx->draft->part->append(std::move(action));
  return lent;
}

// A path in the jail, or on the host if `on_host` is allowed, that begins at the root and names no "." or
// "..".
Result<std::string> judged(jr_ctx* ctx, const jr_path& path, bool on_host) {
  const std::string text = to_string(path.text);
  if (path.where == JR_ON_HOST && !on_host)
    return internal_error("'" + text + "' must be a path in the jail");
  if (path.where > JR_ON_HOST) return internal_error("'" + text + "' is neither in the jail nor on the host");
  if (path.reserved != 0)
    return Error{JR_ERROR_UNSUPPORTED, 0, "'" + text + "' is a path of a kind that this jailrun lacks"};
  if (!sys::is_clean_absolute(text) || text.find('\0') != std::string::npos)
    return input_error("'" + text + "' is no absolute path without empty, '.' or '..' components");
  if (path.where == JR_IN_JAIL && ctx->draft->root.empty())
    return internal_error("'" + text + "' is planned in the jail before its root is");
  if (!ctx->draft->claimed)
    return internal_error("'" + text + "' is planned before the jail's name is claimed");
  if (path.where == JR_IN_JAIL) ctx->draft->is_root_filled = true;
  return text;
}

Result<std::string> judged_host_path(jr_str path) {
  std::string text = to_string(path);
  if (text.empty() || text.front() != '/') return input_error("'" + text + "' is no absolute path");
  return text;
}

#define JAILRUN_PATH(target, path, on_host)                                   \
  Result<std::string> target##_judged = judged(ctx, path, on_host);           \
  if (!target##_judged) return ctx->fail(std::move(target##_judged).error()); \
  const std::string target = std::move(target##_judged).value()
#define JAILRUN_HOST_PATH(target, path)                                       \
  Result<std::string> target##_judged = judged_host_path(path);               \
  if (!target##_judged) return ctx->fail(std::move(target##_judged).error()); \
  const std::string target = std::move(target##_judged).value()

// A name that jailrun may give a directory: those that begin with a dot are its own.
bool is_file_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

jr_status claim(jr_ctx* ctx, jr_str base, jr_str name, jr_str id) {
  if (ctx->draft->claimed) return ctx->fail(internal_error("the jail's name is claimed twice"));
  const JailName jail = {to_string(base), to_string(name), to_string(id)};
  for (const std::string& component : {jail.name, jail.id})
    if (!is_file_name(component))
      return ctx->fail(input_error("'" + component + "' can't be a directory's name below " + jail.base));
  ctx->draft->claimed = true;
  append<ClaimAction>(ctx, jail);
  return JR_OK;
}

jr_status close_inherited(jr_ctx* ctx, const uint32_t* keep, uint64_t count) {
  append<CloseInheritedAction>(ctx, std::vector<uint32_t>(keep, keep + count));
  return JR_OK;
}

jr_status root(jr_ctx* ctx, const jr_directory* arguments) {
  if (arguments->path.where != JR_ON_HOST)
    return ctx->fail(internal_error("the jail's root must be a host path"));
  JAILRUN_PATH(path, arguments->path, true);
  if (path == ctx->draft->root) return JR_OK;  // made once, by the stage that mounts on it
  if (!ctx->draft->root.empty())
    return ctx->fail(internal_error("the jail's root is planned as " + ctx->draft->root + " and as " + path));
  ctx->draft->root = path;
  append<RootAction>(ctx, path, sys::Ownership{arguments->mode, arguments->owner});
  return JR_OK;
}

jr_status directory(jr_ctx* ctx, const jr_directory* arguments) {
  JAILRUN_PATH(path, arguments->path, true);
  append<DirectoryAction>(ctx, arguments->path.where == JR_ON_HOST, path,
                          sys::Ownership{arguments->mode, arguments->owner});
  return JR_OK;
}

jr_status write(jr_ctx* ctx, const jr_write* arguments) {
  JAILRUN_PATH(path, arguments->path, false);
  append<WriteAction>(ctx, path, sys::Ownership{arguments->mode, arguments->owner},
                      std::string(to_view(arguments->content)));
  return JR_OK;
}

jr_status copy(jr_ctx* ctx, const jr_copy* arguments) {
  JAILRUN_PATH(path, arguments->path, false);
  JAILRUN_HOST_PATH(source, arguments->source);
  append<CopyAction>(ctx, source, path, sys::Ownership{arguments->mode, arguments->owner},
                     (arguments->flags & JR_COPY_REFLINK) != 0);
  return JR_OK;
}

jr_status link(jr_ctx* ctx, const jr_link* arguments) {
  JAILRUN_PATH(path, arguments->path, false);
  JAILRUN_HOST_PATH(source, arguments->source);
  append<LinkAction>(ctx, source, path);
  return JR_OK;
}

jr_status node(jr_ctx* ctx, const jr_node* arguments) {
  JAILRUN_PATH(path, arguments->path, false);
  const DeviceNumber number = {arguments->type == JR_NODE_BLOCK, arguments->major, arguments->minor};
  append<NodeAction>(ctx, path, number, sys::Ownership{arguments->mode, arguments->owner},
                     (arguments->flags & JR_NODE_MAY_FAIL) != 0);
  return JR_OK;
}

jr_status pid_file(jr_ctx* ctx, jr_path at, uint32_t mode, jr_owner owner) {
  JAILRUN_PATH(path, at, false);
  append<PidFileAction>(ctx, path, sys::Ownership{mode, owner});
  return JR_OK;
}

jr_status cgroup(jr_ctx* ctx, const jr_cgroup* arguments) {
  if (ctx->draft->choice != nullptr) return not_in_alternative(ctx, "cgroup");
  if (!ctx->draft->claimed)
    return ctx->fail(internal_error("a cgroup is planned before the jail's name is claimed"));
  const std::string group = to_string(arguments->group);
  if (!sys::is_clean_absolute("/" + group))
    return ctx->fail(input_error("'" + group + "' is no group below a hierarchy's mount"));
  return ctx->settle(ctx->draft->cgroups->add({std::string(ctx->stage->id), group, to_string(arguments->file),
                                               to_string(arguments->value), arguments->version,
                                               (arguments->flags & JR_CGROUP_DEFAULT) != 0,
                                               (arguments->flags & JR_CGROUP_JOIN) != 0}));
}

jr_status new_root(jr_ctx* ctx) {
  if (ctx->draft->root.empty())
    return ctx->fail(internal_error("new_root is planned before the jail's root"));
  ctx->draft->enters_root = true;
  const std::shared_ptr<Origin> origin =
      append<OpenTemplateAction>(ctx, ctx->draft->root, ctx->draft->is_root_mounted)->origin();
  append<NewRootAction>(ctx, ctx->draft->root, origin);
  return JR_OK;
}

// Mounts belong into the jail's own mount namespace: earlier ones would be made in the host's.
jr_status needs_new_root(jr_ctx* ctx, const char* name) {
  if (ctx->draft->enters_root) return JR_OK;
  return ctx->fail(internal_error(std::string(name) +
                                  " is planned before new_root: its stage must stand after chroot-builder"));
}

jr_status bind(jr_ctx* ctx, const jr_bind* arguments) {
  if (const jr_status status = needs_new_root(ctx, "bind"); status != JR_OK) return status;
  JAILRUN_PATH(path, arguments->path, false);
  JAILRUN_HOST_PATH(source, arguments->source);
  const std::shared_ptr<sys::DetachedTree> tree =
      append<TakeTreeAction>(ctx, source, arguments->flags)->tree();
  append<BindAction>(ctx, path, tree);
  return JR_OK;
}

// Once, and before anything is put into it that the mount would hide.
jr_status may_mount_root(jr_ctx* ctx) {
  if (ctx->draft->root.empty())
    return ctx->fail(internal_error("a mount on the jail's root is planned before the root"));
  if (ctx->draft->is_root_mounted) return ctx->fail(internal_error("the jail's root is mounted twice"));
  if (ctx->draft->is_root_filled)
    return ctx->fail(
        internal_error("the jail's root is mounted after something was put into it: the stage must stand "
                       "before chroot-builder"));
  ctx->draft->is_root_mounted = true;
  return JR_OK;
}

jr_status mount_root(jr_ctx* ctx, const jr_mount* arguments) {
  if (const jr_status status = may_mount_root(ctx); status != JR_OK) return status;
  const std::string path = to_string(arguments->path.text);
  if (arguments->path.where != JR_IN_JAIL || path != "/")
    return ctx->fail(
        {JR_ERROR_UNSUPPORTED, 0, "'" + path + "': in prepare only the jail's root, '/', can be mounted on"});
  if (arguments->source.length != 0)
    return ctx->fail(internal_error("the source of a mount on the jail's root is the runner's to choose"));
  append<MountRootAction>(ctx, ctx->draft->root,
                          sys::NewMount{to_string(arguments->type), "", to_string(arguments->data),
                                        arguments->flags & ~JR_MOUNT_PREPARE});
  return JR_OK;
}

jr_status overlay_root(jr_ctx* ctx, const jr_overlay* arguments) {
  if (const jr_status status = may_mount_root(ctx); status != JR_OK) return status;
  JAILRUN_HOST_PATH(lower, arguments->lower);
  append<OverlayRootAction>(ctx, ctx->draft->root, lower, sys::Ownership{arguments->mode, arguments->owner},
                            arguments->flags);
  return JR_OK;
}

jr_status mount(jr_ctx* ctx, const jr_mount* arguments) {
  if ((arguments->flags & JR_MOUNT_PREPARE) != 0) return mount_root(ctx, arguments);
  if (const jr_status status = needs_new_root(ctx, "mount"); status != JR_OK) return status;
  JAILRUN_PATH(path, arguments->path, false);
  append<MountAction>(ctx, path,
                      sys::NewMount{to_string(arguments->type), to_string(arguments->source),
                                    to_string(arguments->data), arguments->flags});
  return JR_OK;
}

jr_status join(jr_ctx* ctx, const jr_join* arguments) {
  JAILRUN_HOST_PATH(path, arguments->path);
  const std::shared_ptr<UniqueFd> opened = append<OpenNamespaceAction>(ctx, path, arguments->type)->opened();
  append<JoinNamespaceAction>(ctx, path, arguments->type, opened);
  return JR_OK;
}

jr_status numa(jr_ctx* ctx, const jr_numa* arguments) {
  append<NumaAction>(ctx, arguments->node, to_string(arguments->cpus));
  return JR_OK;
}

jr_status session(jr_ctx* ctx, const jr_session* arguments) {
  if (!ctx->stage->has_trait(JR_TRAIT_FORKS))
    return ctx->fail(internal_error("session needs the trait JR_TRAIT_FORKS"));
  SessionAction::Streams streams;
  for (size_t i = 0; i < streams.size(); ++i) {
    const uint32_t kind = arguments->streams[i];
    if (kind == JR_STREAM_KEEP) continue;
    if (kind > JR_STREAM_SYSLOG || (i == 0 && kind != JR_STREAM_NULL))
      return ctx->fail({JR_ERROR_UNSUPPORTED, 0, "a standard stream of a kind that this jailrun lacks"});
    std::string path = kind == JR_STREAM_NULL ? "/dev/null" : "/dev/log";
    if (kind == JR_STREAM_FILE) {
      JAILRUN_HOST_PATH(file, arguments->files[i]);
      path = file;
    }
    // Two streams to one place share one open file, so that their lines do not overwrite each other.
    for (size_t j = 0; j < i && streams[i] == nullptr; ++j)
      if (streams[j] != nullptr && streams[j]->path == path) streams[i] = streams[j];
    if (streams[i] == nullptr) streams[i] = append<OpenStreamAction>(ctx, kind, path)->stream();
  }
  append<SessionAction>(ctx, streams);
  return JR_OK;
}

jr_status pid_namespace(jr_ctx* ctx) {
  if (!ctx->stage->has_trait(JR_TRAIT_FORKS))
    return ctx->fail(internal_error("pid_namespace needs the trait JR_TRAIT_FORKS"));
  append<PidNamespaceAction>(ctx);
  return JR_OK;
}

jr_status alias(jr_ctx* ctx, jr_str given) {
  const std::string name = to_string(given);
  if (!ctx->draft->claimed)
    return ctx->fail(internal_error("an alias is planned before the jail's name is claimed"));
  if (!is_file_name(name)) return ctx->fail(input_error("'" + name + "' can't be a directory's name"));
  append<AliasAction>(ctx, name);
  return JR_OK;
}

jr_status credentials(jr_ctx* ctx, const jr_credentials* arguments) {
  std::vector<uint32_t> groups(arguments->groups, arguments->groups + arguments->group_count);
  for (std::unique_ptr<Action>& one : ctx->draft->raises) ctx->draft->part->append(std::move(one));
  ctx->draft->raises.clear();
  append<CredentialsAction>(ctx, arguments->owner, std::move(groups));
  return JR_OK;
}

jr_status limit(jr_ctx* ctx, const jr_limit* arguments) {
  if (ctx->draft->choice != nullptr) return not_in_alternative(ctx, "limit");
  const auto hold_back = [&](std::vector<std::unique_ptr<Action>>& held, std::unique_ptr<Action> action) {
    action->set_stage(std::string(ctx->stage->id));
    held.push_back(std::move(action));
  };
  const sys::Limit wanted = {arguments->soft, arguments->hard};
  if (wanted.soft > wanted.hard)
    return ctx->fail(input_error("a soft limit of " + std::to_string(wanted.soft) +
                                 " is above the hard one, " + std::to_string(wanted.hard)));
  Result<sys::Limit> now = sys::limit(arguments->resource);
  if (!now) return ctx->fail(std::move(now).error());
  if (wanted.hard > now.value().hard)
    hold_back(ctx->draft->raises, std::make_unique<RaiseLimitAction>(arguments->resource, wanted.hard));
  hold_back(ctx->draft->before_exec, std::make_unique<LimitAction>(arguments->resource, wanted));
  return JR_OK;
}

std::vector<std::string> to_strings(jr_str_list list) {
  std::vector<std::string> strings;
  for (uint64_t i = 0; i < list.count; ++i) strings.push_back(to_string(list.items[i]));
  return strings;
}

jr_status exec(jr_ctx* ctx, const jr_exec* arguments) {
  if (ctx->draft->has_exec) return ctx->fail(internal_error("the program is started twice"));
  if (!ctx->stage->has_trait(JR_TRAIT_TERMINAL))
    return ctx->fail(internal_error("exec needs the trait JR_TRAIT_TERMINAL"));
  JAILRUN_PATH(path, arguments->path, false);
  ExecAction::Program program = {path, to_strings(arguments->arguments), {}, {}};
  for (std::string& variable : to_strings(arguments->environment)) {
    if (variable.find('=') != std::string::npos)
      program.environment.push_back(std::move(variable));
    else if (const char* inherited = sys::inherited_variable(variable))
      program.environment.emplace_back(inherited);
  }
  if (arguments->flags & JR_EXEC_JAILER_ARGUMENTS) program.jailer_id = ctx->draft->jail_id;
  for (std::unique_ptr<Action>& one : ctx->draft->before_exec) ctx->draft->part->append(std::move(one));
  ctx->draft->before_exec.clear();
  ctx->draft->has_exec = true;
  append<ExecAction>(ctx, std::move(program));
  return JR_OK;
}

jr_status call(jr_ctx* ctx, const jr_call* arguments) {
  constexpr uint64_t kLargestPayload = 64UL * 1024;
  if (!ctx->draft->claimed)
    return ctx->fail(internal_error("a call is planned before the jail's name is claimed"));
  if (arguments->phase > JR_ENTER) return ctx->fail(internal_error("a call is in neither phase"));
  if (arguments->payload.length > kLargestPayload)
    return ctx->fail(internal_error("a call's payload is larger than 64 KiB"));
  append<CallAction>(ctx, arguments->phase == JR_ENTER ? Phase::kEnter : Phase::kPrepare,
                     to_string(arguments->name), to_string(arguments->line),
                     std::string(to_view(arguments->payload)), arguments->payload_version);
  return JR_OK;
}

jr_status first_of(jr_ctx* ctx) {
  if (ctx->draft->choice != nullptr) return not_in_alternative(ctx, "first_of");
  ctx->draft->choice = std::make_shared<Choice>();
  ctx->draft->choice->number = ++ctx->draft->choices;
  return JR_OK;
}

// One that can't fail while preparing: what stands behind it would never be tried.
bool is_sure(const Draft& draft) {
  const Plan::Actions& prepare = draft.part->prepare();
  return prepare.empty() || prepare.back()->choice() != draft.choice ||
         prepare.back()->alternative() + 1 != draft.choice->names.size();
}

jr_status alternative(jr_ctx* ctx, jr_str given) {
  const std::string name = to_string(given);
  Choice* const choice = ctx->draft->choice.get();
  if (choice == nullptr) return ctx->fail(internal_error("the alternative '" + name + "' is of no first_of"));
  if (name.empty() || std::find(choice->names.begin(), choice->names.end(), name) != choice->names.end())
    return ctx->fail(internal_error("an alternative needs a name of its own: '" + name + "'"));
  if (!choice->names.empty() && is_sure(*ctx->draft))
    return ctx->fail(internal_error("the alternative '" + choice->names.back() +
                                    "' prepares nothing, and only the last one may"));
  choice->names.push_back(name);
  return JR_OK;
}

jr_status end_first_of(jr_ctx* ctx) {
  const std::shared_ptr<Choice> choice = std::move(ctx->draft->choice);
  ctx->draft->choice = nullptr;
  if (choice == nullptr || choice->names.empty())
    return ctx->fail(internal_error("end_first_of has no alternatives before it"));
  return JR_OK;
}

constexpr jr_actions kActions = {
    sizeof(jr_actions),
    JR_ABI_MINOR,
    claim,
    close_inherited,
    kReading<"root", root>,
    kReading<"directory", directory>,
    kReading<"write", write>,
    kReading<"copy", copy>,
    kReading<"node", node>,
    pid_file,
    kReading<"cgroup", cgroup>,
    new_root,
    kReading<"bind", bind>,
    kReading<"mount", mount>,
    kReading<"join", join>,
    kReading<"numa", numa>,
    kReading<"session", session>,
    kReading<"credentials", credentials>,
    kReading<"limit", limit>,
    kReading<"exec", exec>,
    kReading<"call", call>,
    alias,
    pid_namespace,
    kReading<"link", link>,
    kReading<"overlay_root", overlay_root>,
    first_of,
    alternative,
    end_first_of,
};

}  // namespace

const jr_actions* action_functions() { return &kActions; }

}  // namespace jailrun::core
