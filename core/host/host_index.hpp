// SPDX-License-Identifier: Apache-2.0
// What jailrun keeps on a host apart from the jails, under /run/jailrun, or for other users in a
// directory of their own (state_directory.hpp): which bases have had jails since the boot, and how supervised
// programs exited. An index for `jailrun ps` and `jailrun wait`, no more; nothing is decided by it. `jailrun
// ps --host` lists it, `jailrun rm --host` removes it.
#pragma once

#include "core/plan/jail_name.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::core {

// Adds a base to the index. Best effort: a launch does not fail without it.
void index_base(const std::string& base);

std::vector<std::string> indexed_bases();

// Where the report on a supervised program's exit goes; its directory is made.
Result<std::string> make_exit_file(const JailName& jail);

// Where it is, whether or not there is one.
std::string exit_file(const JailName& jail);

// All reports there are.
std::vector<std::string> exit_files();

// The files that make up the index, for people.
std::vector<std::string> index_files();

// All but the reports, which are for `jailrun wait`.
Result<void> remove_index();
Result<void> remove_reports();

}  // namespace jailrun::core
