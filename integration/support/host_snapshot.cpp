// SPDX-License-Identifier: Apache-2.0
#include "integration/support/host_snapshot.hpp"

#include "integration/support/cgroups.hpp"
#include "integration/support/command.hpp"
#include "integration/support/files.hpp"
#include "integration/support/proc.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

using Lines = std::vector<std::string>;

// What a host keeps of jailrun, once made: `jailrun ps --host` lists it and `jailrun rm --host` removes it.
bool is_kept(const std::string& path) {
  return path == "/run/jailrun" || path == "/run/jailrun/exited" ||
         path.compare(0, 18, "/run/jailrun/bases") == 0 || path.compare(0, 22, "/run/jailrun/templates") == 0;
}

void add_mounts(Lines& lines) {
  for (const std::string& line : split_lines(read_file("/proc/self/mountinfo"))) {
    size_t at = 0;  // without the ids of the mount and of its parent
    for (int field = 0; field < 2; ++field) at = line.find(' ', at) + 1;
    size_t path = at;  // of the mount's directory: the third field from here
    for (int field = 0; field < 2; ++field) path = line.find(' ', path) + 1;
    if (!is_kept(line.substr(path, line.find(' ', path) - path))) lines.push_back("mount " + line.substr(at));
  }
}

std::string content_of(const std::filesystem::path& path) {
  try {
    return content_hash(path);
  } catch (const std::exception&) {
    return "unreadable";  // a namespace's file is regular and can't be read
  }
}

// A file's content counts too: something rewritten in place has the same name.
void add_file(const std::filesystem::path& path, Lines& lines) {
  const struct stat there = status_of(path);
  std::string line = "file " + path.string() + " " + describe(there);
  if (S_ISREG(there.st_mode))
    line += " inode " + std::to_string(there.st_ino) + " links " + std::to_string(there.st_nlink) + " size " +
            std::to_string(there.st_size) + " content " + content_of(path);
  if (S_ISLNK(there.st_mode)) line += " -> " + std::filesystem::read_symlink(path).string();
  lines.push_back(line);
}

void add_files(const std::string& directory, Lines& lines) {
  if (directory.empty() || !exists(directory)) return;
  add_file(directory, lines);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (!is_kept(entry.path())) add_file(entry.path(), lines);
}

void add_processes(Lines& lines) {
  std::set<std::string> networks;
  for (const pid_t pid : all_processes()) {
    networks.insert("network namespace " + namespace_of(pid, "net"));
    if (pid != getpid()) lines.push_back("process " + std::to_string(pid) + " " + command_of(pid));
  }
  lines.insert(lines.end(), networks.begin(), networks.end());
}

// Orphans come to the tests, which are the init of their pid namespace.
void reap_orphans() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

}  // namespace

HostSnapshot HostSnapshot::take(const std::string& directory) {
  HostSnapshot snapshot;
  add_mounts(snapshot.lines_);
  for (const std::string& group : all_groups()) snapshot.lines_.push_back("cgroup " + group);
  add_files(directory, snapshot.lines_);
  add_files("/run", snapshot.lines_);
  add_processes(snapshot.lines_);
  std::sort(snapshot.lines_.begin(), snapshot.lines_.end());
  return snapshot;
}

std::string HostSnapshot::changes_to(const HostSnapshot& later) const {
  Lines gone;
  Lines come;
  std::set_difference(lines_.begin(), lines_.end(), later.lines_.begin(), later.lines_.end(),
                      std::back_inserter(gone));
  std::set_difference(later.lines_.begin(), later.lines_.end(), lines_.begin(), lines_.end(),
                      std::back_inserter(come));
  std::string text;
  for (const std::string& line : gone) text += "- " + line + "\n";
  for (const std::string& line : come) text += "+ " + line + "\n";
  return text;
}

std::string changes_since(const HostSnapshot& before, const std::string& directory) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    reap_orphans();
    std::string changes = before.changes_to(HostSnapshot::take(directory));
    // What is not a process does not go away by itself and is reported at once.
    const bool may_pass = changes.find("+ process ") != std::string::npos;
    if (!may_pass || std::chrono::steady_clock::now() > deadline) return changes;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace jailrun::integration
