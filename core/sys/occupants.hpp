// SPDX-License-Identifier: Apache-2.0
// Who uses a directory, asked of the kernel alone: for jails whose ledger can't say it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace jailrun::sys {

using FileId = std::pair<dev_t, ino_t>;

// The directories that processes have as their root, with one process each.
std::map<FileId, pid_t> process_roots();

// A process in a group, or below a group, whose path ends so ("vmm/web-1"), in any hierarchy. 0: none.
pid_t process_in_group_named(const std::string& ending);

// The groups of that path below the root of each hierarchy that is mounted.
std::vector<std::string> groups_named(const std::string& ending);

}  // namespace jailrun::sys
