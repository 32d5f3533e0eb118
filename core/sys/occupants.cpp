// SPDX-License-Identifier: Apache-2.0
#include "core/sys/occupants.hpp"

#include "core/sys/directories.hpp"
#include "core/sys/mounts.hpp"
#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <sys/stat.h>

namespace jailrun::sys {
namespace {

constexpr size_t kLargestTable = 64UL << 20;

std::vector<pid_t> all_processes() {
  std::vector<pid_t> all;
  for (const std::string& name : list_directory("/proc"))
    if (name.find_first_not_of("0123456789") == std::string::npos)
      all.push_back(static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)));
  std::sort(all.begin(), all.end());
  return all;
}

bool is_over(pid_t pid) {
  const char state = process_state(pid);
  return state == 'Z' || state == 'X';
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

struct MountLine {
  std::string target;
  std::string type;
};

// "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 - ext3 /dev/root rw", see proc(5)
std::vector<MountLine> mount_table() {
  std::vector<MountLine> all;
  const Result<std::string> table = read_small("/proc/self/mountinfo", kLargestTable);
  for (std::string_view rest = table ? std::string_view(table.value()) : ""; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    std::string_view target = line;
    for (int field = 1; field < 5; ++field)
      target.remove_prefix(std::min(target.size(), target.find(' ') + 1));
    const size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const std::string_view type = line.substr(dash + 3);
    all.push_back({decoded_mount_field(target.substr(0, target.find(' '))),
                   std::string(type.substr(0, type.find(' ')))});
  }
  return all;
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
      if (groups && has_group_named(groups.value(), ending) && !is_over(pid)) return pid;
    }
  }
  return 0;
}

std::vector<std::string> groups_named(const std::string& ending) {
  std::vector<std::string> found;
  for (const MountLine& mount : mount_table()) {
    struct stat now {};
    std::string group = mount.target + "/" + ending;
    if ((mount.type == "cgroup" || mount.type == "cgroup2") && stat(group.c_str(), &now) == 0)
      found.push_back(std::move(group));
  }
  return found;
}

std::vector<std::string> mounts_below(const std::string& path) {
  std::vector<std::string> found;
  for (const MountLine& mount : mount_table())
    if (mount.target == path || mount.target.compare(0, path.size() + 1, path + "/") == 0)
      found.push_back(mount.target);
  return found;
}

}  // namespace jailrun::sys
