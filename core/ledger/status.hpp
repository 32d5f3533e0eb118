// SPDX-License-Identifier: Apache-2.0
// What a ledger says about its jail: whether it is alive, why its name is taken, whether it can be replaced.
#pragma once

#include "core/ledger/read.hpp"
#include "core/plan/jail_name.hpp"

#include <optional>

#include <sys/types.h>

namespace jailrun::core {

enum class State { kAlive, kDead };

// A jail is alive if its process is, or if one of its groups has a process.
struct JailStatus {
  State state = State::kDead;
  pid_t pid = 0;  // of the program, or of a process in its groups; 0 where dead
};
JailStatus jail_status(const Ledger& ledger);

// Why a jail's name can't be claimed: which process has it, or what a dead launch left, and what to do.
Error why_taken(const JailName& claimed);

// What to say of a jail whose ledger can't be obeyed or read, for the reason given: what can be done. ENOENT
// and EACCES stay as they are: it has been removed just now, or is not for this user to read.
Error broken(const JailName& jail, Error reason);

// What to say where another process holds the lock on the jail's ledger, open as `ledger`.
Error in_use(const JailName& jail, int ledger);

// True if the jail is dead and a launch of the same name may remove it: because --replace asks for that
// (`asked`), or because nothing is lost by it: the caller has removed the root itself, or the root existed
// before that launch, and then it and its files are the caller's and stay. Clients that keep a VM's root
// start the same id again and again.
bool can_be_replaced(const JailName& jail, bool asked);

// True if that process exists, in this boot, and has not exited.
// Where its start time is unknown, or there is no /proc here, true if in doubt.
bool is_alive(const std::optional<ProcessIdentity>& process);

// Why the process that is alive by that may still be another one with its number, which must not be killed;
// empty: it is the jail's.
std::string why_in_doubt(const Ledger& ledger);

// The jail that a name refers to: where <base>/<name>/<id> is an alias (core/actions/alias.hpp), the one that
// it points to.
JailName real_name(const JailName& jail);

}  // namespace jailrun::core
