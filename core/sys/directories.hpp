// SPDX-License-Identifier: Apache-2.0
// Directories that several processes make, lock and remove at once.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::sys {

// Opens the directory `name` in `parent`; if it is missing it is made, root's, 0755, and marked as made by
// jailrun. It has its mark before it has its name, so that the last jail knows whether to remove it.
Result<UniqueFd> open_or_make_marked(int parent, const std::string& name);

// Removes a directory that is marked and empty, and returns true; any other stays.
Result<bool> remove_if_marked_and_empty(int parent, const std::string& name);

// Makes the directory `name`, 0700, or reuses one that exists, and returns it locked exclusively (flock).
// EWOULDBLOCK: another process holds it. Whether one that is new still has its name is not looked at: another
// process that found it may have locked it first, and have renamed or removed it.
struct LockedDirectory {
  UniqueFd fd;
  bool is_new;
};
Result<LockedDirectory> make_locked(int parent, const std::string& name);

// Opens the directory `name` and locks it exclusively; EWOULDBLOCK as above, ENOENT where there is none.
Result<UniqueFd> open_locked(int parent, const std::string& name);

// True where a directory, open in any way, has no names except "." and "..".
Result<bool> is_empty(int directory);

// The names in a directory, except "." and "..", in no order; none where it can't be read.
std::vector<std::string> list_directory(const std::string& path);

}  // namespace jailrun::sys
