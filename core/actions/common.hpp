// SPDX-License-Identifier: Apache-2.0
// What several actions share: finding their place, looking at what stands there, showing ownership.
#pragma once

#include "core/plan/plan.hpp"
#include "core/plan/site.hpp"
#include "core/sys/files.hpp"
#include "core/sys/paths.hpp"

namespace jailrun::core {

// The place that a path names: in the jail's root, or on the host.
Result<sys::Place> find_place(const Site& site, bool on_host, const std::string& path);

// What stands at that path now; kUnknown where an unprivileged caller, who only wants to see a plan, may not
// look.
Result<Stood> look(const Site& site, bool on_host, const std::string& path);

// " 0700 1234:100"
std::string describe(const sys::Ownership& ownership);

void add_ownership(Record& record, const sys::Ownership& ownership);
sys::Ownership ownership_of(const Record& record);

// Removes what an action made at a path of its own: nothing that stood before, nothing that is not there.
enum class Kind { kFile, kDirectory };
Result<void> remove_own(const Site& site, const Action& action, bool on_host, const std::string& path,
                        Kind kind);

}  // namespace jailrun::core
