// SPDX-License-Identifier: Apache-2.0
// The way back of a launch that execs in place, without a second thread: see docs/decisions/0010-return-ticket.md.
//
// The process takes the program's uid, but keeps the saved uid 0 and its permitted capabilities. An exec that
// succeeds takes both from the program. After one that fails the process is root again, goes back to the
// host's namespaces, root and working directory, and rolls back itself.
//
// The kernel grants a file's capabilities as far as no_new_privs allows: those that are permitted before the
// exec, which here are all. So every mount that the program or its interpreter can come from is nosuid: the
// action that enters the jail's root makes its mounts so, and take() looks at those of the plan.
// Where that can't be had, or where something is done to the process that it can't undo, the guard does it.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"
#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <optional>
#include <vector>

namespace jailrun::core {

class ReturnTicket {
 public:
  // Between prepare and enter. None: this launch needs a guard.
  static std::optional<ReturnTicket> take(const Plan& plan, const Launch& launch);

  // Once entering has failed, wherever it did. After an error the process may be in the jail, and must not
  // release anything: what a path leads to there is the tenant's choice.
  Result<void> use() const;

 private:
  std::vector<uint32_t> groups_;
  // All close-on-exec.
  int mount_namespace_ = -1;
  UniqueFd opened_mount_namespace_;  // where it is not an action's
  struct Namespace {
    int type;  // CLONE_NEW... of sched.h
    UniqueFd opened;
  };
  std::vector<Namespace> namespaces_;  // of those types that the plan enters another of
  UniqueFd root_;
  UniqueFd working_directory_;
};

}  // namespace jailrun::core
