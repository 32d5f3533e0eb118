// SPDX-License-Identifier: Apache-2.0
// Control groups as the kernel shows them: which hierarchy carries a controller, groups as directories,
// values as files.
#pragma once

#include "core/sys/fd.hpp"
#include "jailrun/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace jailrun::sys {

// A mounted hierarchy; version 0 means that there is none.
struct Hierarchy {
  uint32_t version = 0;  // 1 or 2
  std::string mount;     // "/sys/fs/cgroup/cpuset"
};

// The hierarchy that carries `controller` ("cpuset"): of this version, or for 0 of whichever has it. Every
// version 2 hierarchy carries "cgroup", whose files are the kernel's own. Looks at the usual places first;
// the mount table, whose reading takes longer the more mounts a host has, only if they have none.
Hierarchy find_hierarchy(const std::string& controller, uint32_t version);

// Makes one group, whose parent must exist. False if it already existed. One that several jails share is
// marked as made by jailrun.
Result<bool> make_group(const std::string& path, bool is_shared);

// True if jailrun made this group (see make_group).
bool is_marked_group(const std::string& path);

// Removes a group that has no processes and no children; one that is not there is fine. A process that is
// exiting keeps its group busy for a moment, so after EBUSY it is tried again for at most `timeout_ms`.
Result<void> remove_group(const std::string& path, int timeout_ms);

// Removes a version 2 group with all groups below it; none of them may have a process.
Result<void> remove_group_tree(const std::string& path);

// The processes in a group and in all groups below it; 0 stands for one that has no number in this process's
// pid namespace. None where there is no such group.
std::vector<pid_t> processes_below(const std::string& path);

// Keeps the processes in a group, and in those below it, from making others, and kills them where the kernel
// can do that itself; best effort. Then they can be killed, and nothing else happens to them until
// thaw_group(): a frozen one does not die in version 1.
void stop_group(const std::string& path);
void thaw_group(const std::string& path);

// The group that keeps a process frozen: "/sys/fs/cgroup/freezer/held". Empty: none.
std::string frozen_by(pid_t pid);

// The caller's own group of version 2, relative to that hierarchy's mount: "/system.slice/x.service"; of
// the root: empty.
Result<std::string> own_v2_group();

// True for a version 2 group, other than the hierarchy's root, that has processes.
bool is_group_with_processes(const std::string& path);

// One value, by one write.
Result<void> write_value(const std::string& file, const std::string& value);

// A value without its trailing newline.
Result<std::string> read_value(const std::string& file);

}  // namespace jailrun::sys
