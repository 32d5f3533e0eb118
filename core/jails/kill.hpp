// SPDX-License-Identifier: Apache-2.0
// Ends the processes of jails: all of them at once, whatever they do meanwhile.
#pragma once

#include "core/ledger/read.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace jailrun::core {

// The processes of one jail that are left: the program, and what is in its own groups and the groups below
// them. A process that has exited and that nobody has waited for is not among them.
class JailProcesses {
 public:
  explicit JailProcesses(const Ledger& ledger) : ledger_(&ledger) {}

  std::vector<pid_t> list() const;
  // Sends a signal to all. One that is gone, or whose number is another's by now, is fine.
  Result<void> signal(int number) const;
  // SIGKILL for all, after which none can make another: those that are frozen in the jail's groups die too.
  Result<void> kill() const;
  // Why those that are still there are: which pid, and what it waits for. An error in any case.
  Error what_is_left() const;

 private:
  std::vector<pid_t> numbers(bool with_program) const;
  std::vector<pid_t> all() const;
  std::vector<pid_t> to_kill() const;
  const Ledger* ledger_;
};

// Asks the processes of all these jails to end, by SIGTERM, and kills what is left after `timeout_ms`. What
// doesn't die within as much again has an error; the answers are in the ledgers' order. One time limit for
// all: a jail that can't be killed holds up no other.
std::vector<Result<void>> end_processes(const std::vector<const Ledger*>& ledgers, int timeout_ms);

}  // namespace jailrun::core
