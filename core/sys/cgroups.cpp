// SPDX-License-Identifier: Apache-2.0
#include "core/sys/cgroups.hpp"

#include "core/sys/directories.hpp"
#include "core/sys/mount_table.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <map>
#include <string_view>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// On the group's directory; in kernfs it lives as long as the group. It says that jailrun made a parent group
// which several jails share: then the last one removes it.
constexpr const char* kMark = "trusted.jailrun";

bool has_filesystem_type(const std::string& path, long type) {
  struct statfs traits {};
  return statfs(path.c_str(), &traits) == 0 && traits.f_type == type;
}

// True if `word` is one of the words in `text`, which `separators` separate.
bool has_word(std::string_view text, std::string_view word, std::string_view separators) {
  while (!text.empty()) {
    const size_t end = text.find_first_of(separators);
    if (text.substr(0, end) == word) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return false;
}

// The kernel's own list of v1 controllers: a mount's options also contain other words, such as "rw".
bool is_controller(const std::string& name) {
  const Result<std::string> list = read_small("/proc/cgroups");
  return list && list.value().find("\n" + name + "\t") != std::string::npos;
}

// The first mount of the table for which `is_it` is true.
template <class Test>
std::string find_in_mount_table(Test is_it) {
  const Result<std::vector<MountEntry>> table = mount_table();
  if (!table) return {};
  const auto found = std::find_if(table.value().begin(), table.value().end(), is_it);
  return found == table.value().end() ? std::string() : found->directory;
}

Hierarchy find_v1(const std::string& controller) {
  const std::string usual = "/sys/fs/cgroup/" + controller;
  if (has_filesystem_type(usual, CGROUP_SUPER_MAGIC)) return {1, usual};
  if (!is_controller(controller)) return {};
  const std::string mount = find_in_mount_table([&](const MountEntry& entry) {
    return entry.type == "cgroup" && has_word(entry.options, controller, ",");
  });
  return mount.empty() ? Hierarchy{} : Hierarchy{1, mount};
}

// There is one hierarchy of version 2, wherever it is mounted.
std::string find_v2_mount() {
  for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
    if (has_filesystem_type(mount, CGROUP2_SUPER_MAGIC)) return mount;
  return find_in_mount_table([](const MountEntry& entry) { return entry.type == "cgroup2"; });
}

Hierarchy find_v2(const std::string& controller) {
  const std::string mount = find_v2_mount();
  if (mount.empty()) return {};
  if (controller == "cgroup") return {2, mount};
  const Result<std::string> list = read_small(mount + "/cgroup.controllers");
  return list && has_word(list.value(), controller, " \n") ? Hierarchy{2, mount} : Hierarchy{};
}

}  // namespace

Hierarchy find_hierarchy(const std::string& controller, uint32_t version) {
  // Kept, as it is needed for each value of a launch.
  static std::map<std::pair<std::string, uint32_t>, Hierarchy> known;
  const auto [at, is_new] = known.try_emplace({controller, version});
  Hierarchy& found = at->second;
  if (!is_new) return found;
  if (version != 2) found = find_v1(controller);
  if (found.version == 0 && version != 1) found = find_v2(controller);
  return found;
}

Result<bool> make_group(const std::string& path, bool is_shared) {
  if (mkdir(path.c_str(), 0755) != 0) {
    if (errno == EEXIST) return false;
    return system_error(errno, "make cgroup " + path);
  }
  // As in sys/directories.cpp; where neither is possible, only the ledger says who made it.
  if (is_shared && setxattr(path.c_str(), kMark, "1", 1, 0) != 0) chmod(path.c_str(), 01755);
  return true;
}

bool is_marked_group(const std::string& path) {
  char value = 0;
  struct stat now {};
  return getxattr(path.c_str(), kMark, &value, 1) == 1 ||
         (stat(path.c_str(), &now) == 0 && (now.st_mode & S_ISVTX) != 0);
}

Result<void> remove_group(const std::string& path, int timeout_ms) {
  for (;; --timeout_ms) {
    if (rmdir(path.c_str()) == 0 || errno == ENOENT) return {};
    const Error error = system_error(errno, "remove cgroup " + path);
    // A hierarchy that is mounted read-only refuses before it looks: nothing is left where nothing is.
    if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) return {};
    if (error.error_number != EBUSY || timeout_ms <= 0) return error;
    const timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, nullptr);
  }
}

Result<void> remove_group_tree(const std::string& path) {
  // A group shows the groups below it as directories, and its own files, which can't be removed, as files.
  for (const std::string& name : list_directory(path)) {
    struct stat now {};
    const std::string below = path + "/" + name;
    if (lstat(below.c_str(), &now) == 0 && S_ISDIR(now.st_mode)) JR_TRY(remove_group_tree(below));
  }
  return remove_group(path, 0);
}

Result<std::string> own_v2_group() {
  JR_ASSIGN(const std::string groups, read_small("/proc/self/cgroup"));
  const std::string prefix = "0::";  // see cgroups(7)
  for (size_t at = 0; at < groups.size(); at = groups.find('\n', at) + 1) {
    const size_t end = groups.find('\n', at);
    if (groups.compare(at, prefix.size(), prefix) == 0) {
      std::string group = groups.substr(at + prefix.size(), end - at - prefix.size());
      return group == "/" ? std::string() : group;
    }
    if (end == std::string::npos) break;
  }
  return input_error("this process is not in a cgroup of version 2");
}

bool is_group_with_processes(const std::string& path) {
  // The hierarchy's root has no such file, and may have both processes and enabled controllers.
  if (access((path + "/cgroup.type").c_str(), F_OK) != 0) return false;
  const Result<UniqueFd> processes = open_host(path + "/cgroup.procs", O_RDONLY);
  char one = 0;
  return processes && read(processes.value().get(), &one, 1) == 1;
}

Result<void> write_value(const std::string& file, const std::string& value) {
  JR_ASSIGN(const UniqueFd fd, open_host(file, O_WRONLY));
  ssize_t count = 0;
  while ((count = write(fd.get(), value.data(), value.size())) < 0 && errno == EINTR) {
  }
  if (count < 0) return system_error(errno, "write '" + value + "' to " + file);
  return {};
}

Result<std::string> read_value(const std::string& file) {
  JR_ASSIGN(std::string value, read_small(file));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

}  // namespace jailrun::sys
