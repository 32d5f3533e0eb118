// SPDX-License-Identifier: Apache-2.0
// What actions are given: the jail, and what belongs to the survey, the launch or the release alone.
#pragma once

#include "core/plan/jail.hpp"
#include "core/plan/stage_calls.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/filters.hpp"
#include "jailrun/plugin.h"

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <sys/types.h>
#include <unistd.h>

namespace jailrun::core {

// While planning: what exists already. Each action is surveyed after those before it.
struct Survey {
  Jail jail;
  bool may_replace = false;  // --replace was given
  bool is_new = false;       // the jail's directory does not exist yet
  bool is_taken = false;     // it has a ledger, and the claim decides
  bool is_replaced = false;  // and what a dead launch left there is removed first
  bool may_see_root = true;  // false: an ordinary user, who is shown a plan, can't read the root
};

// Why an exec failed.
struct ExecFailure {
  int32_t error_number = 0;    // errno
  int32_t filter = -1;         // of loading that one
  int32_t ruleset = -1;        // of enforcing that one; both -1: of the exec itself
  bool is_landlocked = false;  // Landlock's rules were in force
  bool is_listener = false;    // that filter was loaded, and could not be handed to the supervisor
  bool is_labelled = false;    // a security module was to label the program
};

// The processes of a launch.
struct Processes {
  static ExecFailure just_execute(const Processes&, const char* path, char* const* argv,
                                  char* const* environment) {
    execve(path, argv, environment);
    return {errno};
  }

  pid_t program = 0;          // the one that becomes the program, once it exists
  UniqueFd supervisor;        // pidfd, in a supervised launch
  uint64_t start_cpu_us = 0;  // this process's CPU clock when it began to work on the launch, in microseconds
  uint64_t parent_cpu_us = 0;  // CPU time that the processes before it have used for the launch
  int cgroup = -1;             // a version 2 group that the program's process can be started in; borrowed
  bool is_started_in_cgroup = false;
  int64_t monotonic_offset_us = 0;  // what the program's monotonic clock shows more than this process's
  // The process was started in a user namespace of its own, whose ids are not mapped yet.
  bool is_in_user_namespace = false;
  // Loaded right before the exec, which nothing else can come between: in their order, borrowed.
  std::vector<sys::Filter> filters;
  std::vector<int> rulesets;              // Landlock's, enforced right before the filters; borrowed
  bool is_labelled = false;               // by the exec
  bool denies_time_stamps = false;        // of the thread, right before the exec and before the filters
  std::array<uint64_t, 2> exec_key = {};  // what a filter may ask the exec for: core/seccomp/exec_once.hpp
  int listener = -1;  // to which of those filters the supervisor answers, and where it is told; -1: none
  UniqueFd to_supervisor;
  // Or what does more, and then that.
  ExecFailure (*execute)(const Processes&, const char*, char* const*, char* const*) = just_execute;
};

// While performing.
struct Launch {
  Jail jail;
  std::string ledger_text;  // the plan as the ledger begins with it; the claim publishes it
  UniqueFd ledger;          // open for appending, once claimed
  bool is_durable = false;  // what is written to the ledger is on the disk itself before what follows is done
  std::vector<int> inherited;  // descriptors that the runner was started with
  std::vector<int> kept;       // those of them that the program gets; close-on-exec until its exec is near
  Processes processes;

  bool has_return_ticket = false;  // core/performing/return_ticket.hpp
  int host_mount_namespace = -1;   // the one that the launch began in, once an action has opened it; borrowed

  bool is_root_mounted = false;         // this launch has mounted the root: its contents are an image's
  std::vector<std::string> made_files;  // in such a root
  UniqueFd root_copy;    // without root: the root in the first mount namespace of the launch's own
  UniqueFd root_inside;  // the root in the jail's own mount namespace, once it was needed there
  std::vector<dev_t> without_reflink;  // devices whose filesystem has said that it can share no data

  StageCalls* stages = nullptr;  // borrowed
  SlotStore* slots = nullptr;    // borrowed
};

// While releasing, perhaps in another process than the launch.
struct Release {
  Jail& jail;
  StageCalls* stages;  // borrowed
  SlotStore* slots;    // borrowed
  uint32_t reason = JR_RELEASE_ROLLBACK;
  bool removes_root = false;  // the root is the launch's own, and is removed with all that it holds
  bool has_entered = false;   // by the thread that has performed the enter actions, which came back
};

// For a launch that failed, or one alternative of it.
inline Release rollback_of(Launch& launch) {
  Release release = {launch.jail, launch.stages, launch.slots};
  release.has_entered = launch.has_return_ticket;
  return release;
}

}  // namespace jailrun::core
