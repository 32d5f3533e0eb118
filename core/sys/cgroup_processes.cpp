// SPDX-License-Identifier: Apache-2.0
#include "core/sys/cgroups.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

constexpr size_t kLongestList = 64UL << 20;
constexpr int kDeepest = 64;  // a tenant that was given its group may nest others in it

// A path that a ledger names may be any other directory by now, "/" at worst.
bool is_group(const std::string& path) {
  struct statfs traits {};
  return statfs(path.c_str(), &traits) == 0 &&
         (traits.f_type == CGROUP_SUPER_MAGIC || traits.f_type == CGROUP2_SUPER_MAGIC);
}

// Calls `visit` for a group and all below it; those above come first.
template <class Visit>
void visit_groups(const std::string& path, int depth, const Visit& visit) {
  if (depth == 0 && !is_group(path)) return;
  visit(path);
  if (depth == kDeepest) return;
  struct stat here {};
  // Each group below counts as a link.
  if (stat(path.c_str(), &here) != 0 || here.st_nlink == 2) return;
  for (const std::string& name : list_directory(path)) {
    struct stat below {};
    const std::string group = path + "/" + name;
    if (lstat(group.c_str(), &below) == 0 && S_ISDIR(below.st_mode)) visit_groups(group, depth + 1, visit);
  }
}

bool has_file(const std::string& group, const char* name) {
  return access((group + "/" + name).c_str(), F_OK) == 0;
}

// A thread's groups in all hierarchies, as "freezer:/held"; of version 2 ":/held".
std::vector<std::string> groups_of(const std::string& thread) {
  std::vector<std::string> groups;
  const Result<std::string> lines = read_small(thread + "/cgroup");
  std::string_view rest = lines ? std::string_view(lines.value()) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const size_t colon = line.find(':', line.find(':') + 1);  // "4:freezer:/held", see cgroups(7)
    if (colon != std::string_view::npos) groups.emplace_back(line.substr(line.find(':') + 1));
  }
  return groups;
}

bool is_frozen(const std::string& group) {
  const Result<std::string> v1 = read_value(group + "/freezer.state");
  if (v1) return v1.value() != "THAWED";
  const Result<std::string> v2 = read_value(group + "/cgroup.freeze");
  return v2 && v2.value() == "1";
}

std::string frozen_group(const std::string& thread) {
  for (const std::string& line : groups_of(thread)) {
    const std::string controllers = line.substr(0, line.find(':'));
    const bool is_v2 = controllers.empty();
    if (!is_v2 && controllers.find("freezer") == std::string::npos) continue;
    const std::string mount = find_hierarchy(is_v2 ? "cgroup" : "freezer", is_v2 ? 2 : 1).mount;
    if (mount.empty()) continue;
    for (std::string group = line.substr(line.find(':') + 1); group.size() > 1; group.erase(group.rfind('/')))
      if (is_frozen(mount + group)) return mount + group;
  }
  return {};
}

}  // namespace

std::vector<pid_t> processes_below(const std::string& path) {
  std::vector<pid_t> found;
  visit_groups(path, 0, [&](const std::string& group) {
    Result<std::string> list = read_small(group + "/cgroup.procs", kLongestList);
    if (!list) return;
    for (const char* at = list.value().c_str(); *at != '\0';) {
      char* end = nullptr;
      const long pid = std::strtol(at, &end, 10);
      if (end == at) break;
      found.push_back(static_cast<pid_t>(pid));
      at = *end == '\n' ? end + 1 : end;
    }
  });
  return found;
}

void stop_group(const std::string& path) {
  if (!is_group(path)) return;
  if (write_value(path + "/cgroup.kill", "1")) return;  // with all below it, since 5.14
  visit_groups(path, 0, [](const std::string& group) {
    if (has_file(group, "pids.max")) (void)write_value(group + "/pids.max", "0");
  });
  // With all below it.
  if (has_file(path, "cgroup.freeze")) (void)write_value(path + "/cgroup.freeze", "1");
  if (has_file(path, "freezer.state")) (void)write_value(path + "/freezer.state", "FROZEN");
}

void thaw_group(const std::string& path) {
  visit_groups(path, 0, [](const std::string& group) {
    if (has_file(group, "cgroup.freeze")) (void)write_value(group + "/cgroup.freeze", "0");
    if (has_file(group, "freezer.state")) (void)write_value(group + "/freezer.state", "THAWED");
  });
}

std::string frozen_by(pid_t pid) {
  // A first thread that has ended stays where it was when the others are moved.
  const std::string threads = "/proc/" + std::to_string(pid) + "/task";
  for (const std::string& thread : list_directory(threads))
    if (std::string group = frozen_group(threads + "/" + thread); !group.empty()) return group;
  return {};
}

}  // namespace jailrun::sys
