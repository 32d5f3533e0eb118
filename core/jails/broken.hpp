// SPDX-License-Identifier: Apache-2.0
// Jails without a ledger that can be obeyed: it is empty or cut, as after a power cut, or lost. What they are
// made of is unknown; who is in them the kernel can say.
#pragma once

#include "core/plan/jail_name.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace jailrun::core {

// A process whose root is the jail's, or that is in a group of the jail's name. 0: none.
pid_t occupant_of(const JailName& jail);

// Jails below a base that have no ledger any more and a process: their program runs on, unseen by whatever
// asks ledgers. A root that a caller has filled for a launch to come is not among them.
std::vector<JailName> list_lost_jails(const std::string& base);

// Removes the jail's directory with all that it holds. Refused while a process is in the jail or something is
// mounted there, and where the ledger can be read: then it says more. Gives a sentence about what such a
// removal can't know of.
Result<std::string> remove_broken_jail(const JailName& jail);

}  // namespace jailrun::core
