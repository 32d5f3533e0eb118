// SPDX-License-Identifier: Apache-2.0
// The cgroup hierarchies that this host has mounted.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace jailrun::integration {

struct CgroupMount {
  int version = 1;
  std::string path;
  std::vector<std::string> options;  // of the hierarchy: controllers, "name=systemd", and words such as "rw"

  bool carries(const std::string& controller) const;
};

std::vector<CgroupMount> cgroup_mounts();

// Where a version 1 hierarchy with this controller is mounted; empty: nowhere.
std::string v1_mount(const std::string& controller);

// Where the version 2 hierarchy is mounted; empty: nowhere.
std::string v2_mount();
std::string v2_group_of(pid_t pid);

// The first of these controllers that no version 1 hierarchy carries, for a test to say why it
// skips; empty: none.
std::string missing_v1(const std::vector<std::string>& controllers);

// A process's group in that hierarchy, as "/probe/web-1".
std::string group_of(pid_t pid, const CgroupMount& mount);
std::string v1_group_of(pid_t pid, const std::string& controller);

// The version 2 group, below the tests' own, that the tests are in: a group with processes can't enable
// controllers for child groups.
inline constexpr const char* kTestsLeaf = "/tests";

// All groups, as host paths, roots of the hierarchies and kTestsLeaf not among them.
std::vector<std::string> all_groups();

// Removes a group and those below it, waiting a while for processes that are exiting. False: it still exists.
bool remove_group_tree(const std::string& path);

// crun does not start where version 2 carries a controller beside version 1. So it is not shown them, from here on
// and in this mount namespace, by an empty file in `directory`.
void hide_v2_controllers(const std::string& directory);

}  // namespace jailrun::integration
