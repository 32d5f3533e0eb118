// SPDX-License-Identifier: Apache-2.0
// What a ledger says about its jail: whether it is alive, why its name is taken, whether it may be replaced.
#pragma once

#include "core/ledger/read.hpp"
#include "core/plan/jail_name.hpp"

#include <optional>

#include <sys/types.h>

namespace jailrun::core {

enum class State { kAlive, kDead };

// A jail is alive if its process is, or if one of its groups has a process.
struct Vitality {
  State state = State::kDead;
  pid_t pid = 0;  // of the program, or of a process in its groups; 0 where dead
};
Vitality vitality(const Ledger& ledger);

// Why a jail's name can't be claimed: who has it, or what is left of whom, and what to do.
Error why_taken(const JailName& claimed);

// True if the jail is dead and may be taken away by a launch of the same name: because that launch was asked
// to
// (`asked`), or because nothing is lost by it: the caller has removed the root itself, or the root stood
// before that launch, and then it and its files are the caller's and stay. Clients that keep a VM's root
// start the same id again and again.
bool can_be_replaced(const JailName& jail, bool asked);

// True if that process exists, in this boot, and has not ended.
bool is_alive(const std::optional<ProcessNote>& process);

// The jail that a name stands for: where <base>/<name>/<id> is an alias (core/actions/alias.hpp), the one it
// leads to.
JailName real_name(const JailName& jail);

}  // namespace jailrun::core
