// SPDX-License-Identifier: Apache-2.0
#include "integration/support/cgroups.hpp"

#include "integration/support/command.hpp"
#include "integration/support/files.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <thread>

#include <sys/mount.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<std::string> groups_below(const std::string& path) {
  std::vector<std::string> groups;
  std::error_code ignored;  // a group may go away while it is listed
  for (auto at = std::filesystem::recursive_directory_iterator(path, ignored); at != end(at);
       at.increment(ignored))
    if (!ignored && at->is_directory(ignored)) groups.push_back(at->path());
  return groups;
}

}  // namespace

bool CgroupMount::carries(const std::string& controller) const {
  return std::find(options.begin(), options.end(), controller) != options.end();
}

std::vector<CgroupMount> cgroup_mounts() {
  std::vector<CgroupMount> mounts;
  for (const std::string& line : split_lines(read_file("/proc/self/mounts"))) {
    const std::vector<std::string> field = split(line, ' ');  // see fstab(5)
    if (field[2] != "cgroup" && field[2] != "cgroup2") continue;
    // The tests' own group is bound over the hierarchy's root: the same path twice.
    const auto same = [&](const CgroupMount& one) { return one.path == field[1]; };
    if (std::none_of(mounts.begin(), mounts.end(), same))
      mounts.push_back({field[2] == "cgroup" ? 1 : 2, field[1], split(field[3], ',')});
  }
  return mounts;
}

std::string v1_mount(const std::string& controller) {
  for (const CgroupMount& mount : cgroup_mounts())
    if (mount.version == 1 && mount.carries(controller)) return mount.path;
  return {};
}

std::string v2_mount() {
  for (const CgroupMount& mount : cgroup_mounts())
    if (mount.version == 2) return mount.path;
  return {};
}

std::string v2_group_of(pid_t pid) { return group_of(pid, {2, v2_mount(), {}}); }

std::string missing_v1(const std::vector<std::string>& controllers) {
  for (const std::string& controller : controllers)
    if (v1_mount(controller).empty()) return controller;
  return {};
}

std::string group_of(pid_t pid, const CgroupMount& mount) {
  for (const std::string& line : split_lines(read_file("/proc/" + std::to_string(pid) + "/cgroup"))) {
    // "3:cpu,cpuacct:/path", "9:name=systemd:/path", "0::/path"
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    const std::vector<std::string> names = split(line.substr(first + 1, second - first - 1), ',');
    if (names.empty() ? mount.version == 2 : mount.version == 1 && mount.carries(names.front()))
      return line.substr(second + 1);
  }
  return "/";
}

std::string v1_group_of(pid_t pid, const std::string& controller) {
  for (const CgroupMount& mount : cgroup_mounts())
    if (mount.version == 1 && mount.carries(controller)) return group_of(pid, mount);
  return {};
}

std::vector<std::string> all_groups() {
  std::vector<std::string> groups;
  for (const CgroupMount& mount : cgroup_mounts())
    for (std::string& group : groups_below(mount.path))
      if (mount.version == 1 || group != mount.path + kTestsLeaf) groups.push_back(std::move(group));
  return groups;
}

bool remove_group_tree(const std::string& path) {
  std::vector<std::string> groups = groups_below(path);
  groups.push_back(path);
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (const std::string& group : groups)
    while (rmdir(group.c_str()) != 0 && errno != ENOENT) {
      if (errno != EBUSY || std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  return true;
}

void hide_v2_controllers(const std::string& directory) {
  const std::string file = v2_mount() + "/cgroup.controllers";
  if (v1_mount("cpuset").empty() || !exists(file) ||
      read_file(file).find_first_not_of('\n') == std::string::npos)
    return;
  write_file(directory + "/no-controllers", "");
  mount((directory + "/no-controllers").c_str(), file.c_str(), nullptr, MS_BIND, nullptr);
}

}  // namespace jailrun::integration
