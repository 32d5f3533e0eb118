// SPDX-License-Identifier: Apache-2.0
// What several actions share: finding their place, looking at what exists there, showing ownership.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/state.hpp"
#include "core/sys/files.hpp"
#include "core/sys/paths.hpp"

namespace jailrun::core {

// The place that a path names: in the jail's root, or on the host.
Result<sys::Place> find_place(const Jail& jail, bool on_host, const std::string& path);

// Whether something exists at that path; kUnknown where an unprivileged caller, who only wants to see a plan,
// may not look.
Result<Existed> look(const Survey& survey, bool on_host, const std::string& path);

// " 0700 1234:100"
std::string describe(const sys::Ownership& ownership);

void add_ownership(Record& record, const sys::Ownership& ownership);
sys::Ownership ownership_of(const Record& record);

// For something that appeared since the survey: it is not the launch's to remove, and the ledger must say so.
Result<void> note_existed(Launch& launch, Action& action);

// Removes what an action made at its path. What existed before stays; what is not there is fine.
enum class Kind { kFile, kDirectory };
Result<void> remove_own(const Release& release, const Action& action, bool on_host, const std::string& path,
                        Kind kind);

// "exists" or "gone", for what an action shows of itself.
std::string presence(const std::string& host_path);

}  // namespace jailrun::core
