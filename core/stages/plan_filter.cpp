// SPDX-License-Identifier: Apache-2.0
// Planning what the program may call.
#include "core/actions/process/filter.hpp"
#include "core/host/learned_file.hpp"
#include "core/plugin/trust.hpp"
#include "core/seccomp/evaluate.hpp"
#include "core/stages/planning.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/random.h>

namespace jailrun::core::planning {
namespace {

uint32_t kernel_flags(uint32_t flags) {
  return ((flags & JR_FILTER_LOG) != 0 ? SECCOMP_FILTER_FLAG_LOG : 0U) |
         ((flags & JR_FILTER_SPEC_ALLOW) != 0 ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0U);
}

const FilterAction::Filter& filter_of(const std::unique_ptr<Action>& action) {
  return static_cast<const FilterAction&>(*action).filter();
}

// One program has one exec, so the filters of a plan that ask for a key ask for the same one.
Result<seccomp::ExecKey> key_of(const jr_ctx& ctx) {
  for (const auto& other : ctx.draft->filters)
    if (filter_of(other).key) return *filter_of(other).key;
  seccomp::ExecKey key;
  if (getrandom(key.data(), sizeof key, 0) != static_cast<ssize_t>(sizeof key))
    return system_error(errno, "draw a key for the exec");
  return key;
}

// The kernel lets a program have one such filter alone.
Result<void> judge_others(const jr_ctx& ctx, uint32_t flags) {
  for (const auto& other : ctx.draft->filters) {
    if ((flags & JR_FILTER_EXEC_ONCE) != 0 && filter_of(other).is_exec_once)
      return input_error("another filter lets one exec through already");
    if ((flags & JR_FILTER_NOTIFY) != 0 && filter_of(other).notifications)
      return input_error("the supervisor answers for another filter already");
  }
  return {};
}

// The directory is opened once, before anything is entered, and what is in it by then judged: whoever could
// write there would say what the next programs may call.
Result<FilterAction::Notifications> notifications(const jr_filter& arguments) {
  FilterAction::Notifications made;
  made.error_number = arguments.error_number;
  made.learned = to_string(arguments.learn);
  if (made.learned.empty()) return made;
  JR_ASSIGN(const std::string path, host_path(arguments.learn));
  const size_t slash = path.rfind('/');
  if (slash + 1 == path.size()) return input_error(path + " is a directory");
  Trust trust(Trust::Of::kInput);
  JR_ASSIGN(const int directory, trust.open_base(slash == 0 ? "/" : path.substr(0, slash)));
  made.directory = std::make_shared<UniqueFd>(fcntl(directory, F_DUPFD_CLOEXEC, 3));
  if (!*made.directory) return system_error(errno, "open " + path);
  JR_TRY(read_learned_file(made.directory->get(), path));
  return made;
}

// What any other exec gets. It is for the supervisor only where that refuses: one which learns lets calls
// through.
seccomp::Verdict refusal_of_exec(const jr_filter& arguments) {
  if ((arguments.flags & JR_FILTER_EXEC_KILLS) != 0) return SECCOMP_RET_KILL_PROCESS;
  return arguments.error_number != 0 ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | EPERM;
}

Error too_long(const std::string& name, const std::string& what, const std::string& fault) {
  return input_error("the filter " + name + " can't " + what + ": " + fault);
}

}  // namespace

Result<void> filter(jr_ctx& ctx, const jr_filter& arguments) {
  if (ctx.draft->choice != nullptr) return not_in_alternative("filter");
  JR_TRY(needs_trait(ctx, JR_TRAIT_RESTRICTS, "filter needs the trait JR_TRAIT_RESTRICTS"));
  JR_TRY(judge_others(ctx, arguments.flags));
  FilterAction::Filter filter;
  filter.name = to_string(arguments.name);
  filter.line = to_string(arguments.line);
  filter.flags = kernel_flags(arguments.flags);
  filter.program.resize(arguments.program.length / sizeof(sock_filter));
  memcpy(filter.program.data(), arguments.program.data, arguments.program.length);
  if (const std::string fault = seccomp::fault_of(seccomp::view(filter.program)); !fault.empty())
    return input_error("the filter " + filter.name + " can't be loaded: " + fault);
  if ((arguments.flags & (JR_FILTER_EXEC_ONCE | JR_FILTER_NOTIFY)) != 0) {
    JR_ASSIGN(filter.key, key_of(ctx));
  }
  if ((arguments.flags & JR_FILTER_NOTIFY) != 0) {
    JR_ASSIGN(filter.notifications, notifications(arguments));
    filter.program = seccomp::let_keyed_through(seccomp::view(filter.program), *filter.key, "sendmsg");
    if (const std::string fault = seccomp::fault_of(seccomp::view(filter.program)); !fault.empty())
      return too_long(filter.name, "be answered by the supervisor", fault);
  }
  filter.is_exec_once = (arguments.flags & JR_FILTER_EXEC_ONCE) != 0;
  if (filter.is_exec_once) {
    filter.program =
        seccomp::exec_once(seccomp::view(filter.program), *filter.key, refusal_of_exec(arguments));
    if (const std::string fault = seccomp::fault_of(seccomp::view(filter.program)); !fault.empty())
      return too_long(filter.name, "let one exec through alone", fault);
  }
  hold_back(ctx, ctx.draft->filters, std::make_unique<FilterAction>(std::move(filter)));
  return {};
}

}  // namespace jailrun::core::planning
