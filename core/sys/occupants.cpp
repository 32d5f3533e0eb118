// SPDX-License-Identifier: Apache-2.0
#include "core/sys/occupants.hpp"

#include "core/sys/directories.hpp"
#include "core/sys/mount_table.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cstdlib>

#include <sys/stat.h>

namespace jailrun::sys {
namespace {

std::vector<pid_t> all_processes() {
  std::vector<pid_t> all;
  for (const std::string& name : list_directory("/proc"))
    if (name.find_first_not_of("0123456789") == std::string::npos)
      all.push_back(static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)));
  std::sort(all.begin(), all.end());
  return all;
}

// "4:freezer:/vmm/web-1/below" for "vmm/web-1", see cgroups(7).
bool has_group_named(const std::string& lines, const std::string& ending) {
  const std::string name = "/" + ending;
  for (size_t at = 0; (at = lines.find(name, at)) != std::string::npos; ++at) {
    const size_t end = at + name.size();
    if (end == lines.size() || lines[end] == '/' || lines[end] == '\n') return true;
  }
  return false;
}

}  // namespace

std::map<FileId, pid_t> process_roots() {
  std::map<FileId, pid_t> roots;
  for (const pid_t pid : all_processes()) {
    // Thread by thread: a first thread that has ended has no root any more, and others may have their own.
    const std::string threads = "/proc/" + std::to_string(pid) + "/task";
    for (const std::string& thread : list_directory(threads)) {
      struct stat root {};
      if (stat((threads + "/" + thread + "/root").c_str(), &root) == 0)
        roots.try_emplace({root.st_dev, root.st_ino}, pid);
    }
  }
  return roots;
}

pid_t process_in_group_named(const std::string& ending) {
  for (const pid_t pid : all_processes()) {
    const std::string threads = "/proc/" + std::to_string(pid) + "/task";
    for (const std::string& thread : list_directory(threads)) {
      const Result<std::string> groups = read_small(threads + "/" + thread + "/cgroup");
      // What has exited stays in its group's list until its parent has waited for it.
      if (groups && has_group_named(groups.value(), ending) && !has_exited(pid)) return pid;
    }
  }
  return 0;
}

std::vector<std::string> groups_named(const std::string& ending) {
  std::vector<std::string> found;
  const Result<std::vector<MountEntry>> table = mount_table();
  if (!table) return found;
  for (const MountEntry& mount : table.value()) {
    struct stat now {};
    std::string group = mount.directory + "/" + ending;
    if ((mount.type == "cgroup" || mount.type == "cgroup2") && stat(group.c_str(), &now) == 0)
      found.push_back(std::move(group));
  }
  return found;
}

}  // namespace jailrun::sys
