// SPDX-License-Identifier: Apache-2.0
// A program that runs beside the jail's, and a keeper of it: process 1 of a pid namespace, so that whatever
// the helper has started ends with it. It ends when the process that it watches does.
#pragma once

#include "core/sys/fd.hpp"
#include "core/sys/keeper.hpp"
#include "jailrun/result.hpp"

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace jailrun::sys {

// The launch's end of a keeper that is being started, step by step. Until it is told to go on after a step
// the keeper does nothing, and it exits when this is closed.
class Keeper {
 public:
  Keeper() = default;
  // Makes the process, which ends with the calling one.
  static Result<Keeper> make(const HelperProgram& program);

  pid_t pid() const { return pid_; }

  // The network namespace that it has made; none where the helper has none.
  Result<UniqueFd> make_namespaces(const HelperProgram& program);
  // Starts the helper, and waits until it is ready.
  Result<void> start(uint64_t limit_ms);
  // From here on it ends with that process instead.
  Result<void> follow(pid_t process);
  void let_go() { socket_.reset(); }
  // Where something has failed. What is left after two seconds is `rm`'s to end.
  void end();

 private:
  std::string report() const;
  Error failure(const KeeperMessage& message) const;

  pid_t pid_ = 0;
  UniqueFd pidfd_;
  UniqueFd socket_;
  UniqueFd report_;  // what the helper has written to its standard error
};

// Ends a keeper, and so all that its helper has started: SIGTERM, then SIGKILL. False: it is still there.
bool end_keeper(int pidfd);

}  // namespace jailrun::sys
