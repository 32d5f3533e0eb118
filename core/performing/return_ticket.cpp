// SPDX-License-Identifier: Apache-2.0
#include "core/performing/return_ticket.hpp"

#include "core/sys/credentials.hpp"
#include "core/sys/mounts.hpp"
#include "core/sys/namespaces.hpp"
#include "core/sys/paths.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// What the enter actions do to the process; 0: something that it can't undo.
uint32_t enters_with(const Plan& plan) {
  uint32_t traits = 0;
  for (const auto& action : plan.enter()) {
    if (action->is_passed_over()) continue;
    if (!action->has(kCanComeBack)) return 0;
    traits |= action->traits();
  }
  return traits;
}

// The types of namespace besides that of mounts that a launch may enter, and come back from by setns: each
// wants CAP_SYS_ADMIN alone, which the process has again.
struct Type {
  Trait trait;
  int flag;
  const char* path;
};
constexpr Type kTypes[] = {{kEntersNetwork, CLONE_NEWNET, "/proc/self/ns/net"},
                           {kEntersIpc, CLONE_NEWIPC, "/proc/self/ns/ipc"},
                           {kEntersUts, CLONE_NEWUTS, "/proc/self/ns/uts"},
                           {kEntersCgroup, CLONE_NEWCGROUP, "/proc/self/ns/cgroup"}};

// For gids: a launch is refused where the two that it began with differ, and the exec has made the third one.
uint32_t own_gid() { return static_cast<uint32_t>(getauxval(AT_GID)); }

}  // namespace

std::optional<ReturnTicket> ReturnTicket::take(const Plan& plan, const Launch& launch) {
  const uint32_t traits = enters_with(plan);
  // Only in a mount namespace of the jail's own are all mounts known: those of the plan, and the root's.
  if ((traits & kDropsRoot) == 0 || (traits & kEntersRoot) == 0) return std::nullopt;
  // Any of them changes what a change of uid does to capabilities, or what an exec does. Those that are not
  // locked are cleared later, but a caller that sets them is not worth the difference.
  if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) != 0) return std::nullopt;
  if (!sys::can_set_mounts()) return std::nullopt;
  Result<std::vector<uint32_t>> groups = sys::supplementary_groups();
  if (!groups) return std::nullopt;
  ReturnTicket ticket;
  ticket.groups_ = std::move(groups).value();
  const auto open_at = [](const char* path, int flags) { return UniqueFd(open(path, flags | O_CLOEXEC)); };
  // Opened already where there is a template.
  ticket.mount_namespace_ = launch.host_mount_namespace;
  if (ticket.mount_namespace_ < 0) {
    ticket.opened_mount_namespace_ = open_at("/proc/self/ns/mnt", O_RDONLY);
    ticket.mount_namespace_ = ticket.opened_mount_namespace_.get();
  }
  ticket.root_ = open_at("/", O_PATH | O_DIRECTORY);
  ticket.working_directory_ = open_at(".", O_PATH | O_DIRECTORY);
  for (const Type& one : kTypes) {
    if ((traits & one.trait) == 0) continue;
    ticket.namespaces_.push_back({one.flag, open_at(one.path, O_RDONLY)});
    if (!ticket.namespaces_.back().opened) return std::nullopt;
  }
  if (ticket.mount_namespace_ < 0 || !ticket.root_ || !ticket.working_directory_) return std::nullopt;
  return ticket;
}

Result<void> ReturnTicket::use() const {
  JR_TRY(sys::take_back_credentials(own_gid(), groups_));
  for (const Namespace& one : namespaces_)
    JR_TRY(sys::join_namespace(one.opened.get(), static_cast<uint32_t>(one.type)));
  JR_TRY(sys::join_namespace(mount_namespace_, CLONE_NEWNS));
  // That has led to the root of the namespace's first mount, which need not be the launch's.
  if (fchdir(root_.get()) != 0 || chroot(".") != 0) return system_error(errno, "go back to the host's root");
  if (fchdir(working_directory_.get()) != 0) return system_error(errno, "go back to the working directory");
  umask(0);  // as main has set it: what is made has exact modes
  return {};
}

}  // namespace jailrun::core
