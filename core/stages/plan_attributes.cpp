// SPDX-License-Identifier: Apache-2.0
// Planning what the kernel passes on to the program: priorities, hardening, umask, terminal.
#include "core/actions/process/hardening.hpp"
#include "core/actions/process/new_namespace.hpp"
#include "core/actions/process/scheduling.hpp"
#include "core/actions/process/terminal.hpp"
#include "core/stages/planning.hpp"
#include "core/sys/new_namespaces.hpp"
#include "core/sys/numa.hpp"
#include "core/sys/process.hpp"
#include "core/sys/scheduling.hpp"

#include <cerrno>

#include <linux/ioprio.h>
#include <sched.h>

namespace jailrun::core::planning {
namespace {

// What must be planned once.
std::string name_of(const jr_attribute& given) {
  constexpr const char* kNames[] = {
      "",          "nice value", "scheduling policy", "I/O priority", "CPU affinity",
      "OOM score", "cookie",     "executable memory", "speculation",  "umask",
      "terminal",  "terminal",   "time-stamp counter"};
  if (given.kind != JR_ATTRIBUTE_NO_SPECULATION) return kNames[given.kind];
  return std::string(kNames[given.kind]) + " " + sys::speculation_name(static_cast<uint64_t>(given.value));
}

Result<void> note_once(jr_ctx& ctx, const jr_attribute& given) {
  const std::string name = name_of(given);
  for (const auto& [planned, stage] : ctx.draft->attribute_names)
    if (planned == name)
      return input_error("the program's " + name + " is planned already, by stage " + stage);
  ctx.draft->attribute_names.emplace_back(name, ctx.stage->id);
  return {};
}

Result<void> before_credentials(const jr_ctx& ctx, const jr_attribute& given) {
  if (ctx.draft->credentials == nullptr) return {};
  return internal_error("the program's " + name_of(given) +
                        " is planned after its credentials: its stage must come before drop-privs");
}

// Of a feature that is missing: whether the stage goes without it.
Result<void> judge(const jr_attribute& given, const sys::Support& support) {
  if (support.state != sys::Support::State::kMissing || (given.flags & JR_ATTRIBUTE_IF_SUPPORTED) != 0)
    return {};
  return Error{JR_ERROR_UNSUPPORTED, 0, support.why + "; 'unsupported = warn' goes without it"};
}

Result<void> harden(jr_ctx& ctx, const jr_attribute& given, const sys::Support& support,
                    std::vector<std::unique_ptr<Action>>& held) {
  JR_TRY(judge(given, support));
  hold_back(ctx, held,
            std::make_unique<HardeningAction>(given.kind, static_cast<uint64_t>(given.value), support));
  return {};
}

// Whether it gives the program more than jailrun's caller has.
Result<bool> raises(const jr_attribute& given) {
  if (given.kind == JR_ATTRIBUTE_POLICY) return given.second != 0;
  if (given.kind == JR_ATTRIBUTE_IO_PRIORITY) return given.value == IOPRIO_CLASS_RT;
  if (given.kind != JR_ATTRIBUTE_NICE) return false;
  JR_ASSIGN(const int now, sys::nice_value());
  return given.value < now;
}

Result<void> schedule(jr_ctx& ctx, const jr_attribute& given) {
  const std::string cpus = to_string(given.text);
  cpu_set_t set;
  if (given.kind == JR_ATTRIBUTE_AFFINITY && !sys::parse_cpus(cpus, set))
    return input_error("'" + cpus + "' is not a list of CPUs, such as 0-3,8");
  if (given.kind == JR_ATTRIBUTE_IO_PRIORITY)
    if (const Result<int> now = sys::callers_io_priority(); !now && now.error().error_number == ENOSYS) {
      const sys::Support none = {sys::Support::State::kMissing, "this kernel has no I/O priorities"};
      return judge(given, none);
    }
  JR_ASSIGN(const bool is_raised, raises(given));
  hold_back(ctx, ctx.draft->attributes, std::make_unique<SchedulingAction>(given, cpus, is_raised));
  return {};
}

Result<void> score(jr_ctx& ctx, const jr_attribute& given) {
  constexpr const char* kPurpose = "setting the OOM score";
  if (!sys::is_proc_mounted()) return sys::no_proc(kPurpose);
  JR_ASSIGN(const UniqueFd proc, sys::open_proc(kPurpose));
  JR_ASSIGN(const int now, sys::oom_score(proc.get()));
  JR_ASSIGN(const OpenProcAction* const open, append<OpenProcAction>(ctx, kPurpose));
  const auto wanted = static_cast<int>(given.value);
  hold_back(ctx, ctx.draft->attributes,
            std::make_unique<OomScoreAction>(wanted, wanted < now, open->opened()));
  return {};
}

Result<void> leave_terminal(jr_ctx& ctx) {
  JR_ASSIGN(const OpenTerminalAction* const open, append<OpenTerminalAction>(ctx));
  JR_TRY(append<LeaveTerminalAction>(ctx, open->opened()));
  return {};
}

Result<void> own_terminal(jr_ctx& ctx, const jr_attribute& given) {
  JR_TRY(before_credentials(ctx, given));
  ctx.draft->own_terminal = std::make_shared<OwnTerminal>();
  JR_TRY(append<OpenPtyAction>(ctx, ctx.draft->own_terminal));
  // Not before init is there: it would lead the session.
  hold_back(ctx, ctx.draft->before_exec, std::make_unique<TakePtyAction>(ctx.draft->own_terminal));
  return {};
}

}  // namespace

Result<void> attribute(jr_ctx& ctx, const jr_attribute& given) {
  Draft& draft = *ctx.draft;
  if (draft.choice != nullptr) return not_in_alternative("attribute");
  JR_TRY(note_once(ctx, given));
  if (given.kind <= JR_ATTRIBUTE_CORE_SCHEDULING) JR_TRY(before_credentials(ctx, given));
  switch (given.kind) {
    case JR_ATTRIBUTE_OOM_SCORE: return score(ctx, given);
    case JR_ATTRIBUTE_CORE_SCHEDULING:
      return harden(ctx, given, sys::core_scheduling_support(), draft.attributes);
    case JR_ATTRIBUTE_DENY_WRITE_EXECUTE:
      return harden(ctx, given, sys::write_execute_support(), draft.before_exec);
    case JR_ATTRIBUTE_NO_SPECULATION:
      return harden(ctx, given, sys::speculation_support(static_cast<uint64_t>(given.value)),
                    draft.before_exec);
    case JR_ATTRIBUTE_UMASK: draft.umask = static_cast<uint32_t>(given.value); return {};
    case JR_ATTRIBUTE_NO_TERMINAL: return leave_terminal(ctx);
    case JR_ATTRIBUTE_OWN_TERMINAL: return own_terminal(ctx, given);
    case JR_ATTRIBUTE_NO_TIME_STAMPS: return harden(ctx, given, sys::time_stamp_support(), draft.before_exec);
    default: return schedule(ctx, given);
  }
}

}  // namespace jailrun::core::planning
