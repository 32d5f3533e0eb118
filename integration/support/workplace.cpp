// SPDX-License-Identifier: Apache-2.0
#include "integration/support/workplace.hpp"

#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"

#include <filesystem>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

constexpr const char* kPrefix = "jailrun-tests-";

std::string& path() {
  static std::string instance;
  return instance;
}

bool has_prefix(const std::filesystem::path& file) { return file.filename().string().rfind(kPrefix, 0) == 0; }

// A run holds the lock on its directory as long as it lives, in whatever pid namespace that is.
bool is_locked(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
  if (fd >= 0) close(fd);
  return locked;
}

void sweep_groups(const std::string& parent) {
  for (const CgroupMount& mount : cgroup_mounts()) {
    const std::string here = mount.path + group_of(getpid(), mount);
    std::vector<std::string> stale;
    for (const auto& entry : std::filesystem::directory_iterator(here))
      if (has_prefix(entry.path()) && !is_locked(parent + "/" + entry.path().filename().string()))
        stale.push_back(entry.path());
    for (const std::string& group : stale)
      if (read_file(group + "/cgroup.procs").empty()) remove_group_tree(group);
  }
}

void sweep_directories(const std::string& parent) {
  std::vector<std::filesystem::path> stale;
  for (const auto& entry : std::filesystem::directory_iterator(parent))
    if (has_prefix(entry.path()) && status_of(entry.path()).st_uid == 0 && !is_locked(entry.path()))
      stale.push_back(entry.path());
  std::error_code ignored;
  for (const auto& directory : stale) std::filesystem::remove_all(directory, ignored);
}

const char* roomy_directory() {
  for (const char* candidate : {"/var/tmp", "/srv", "/var/lib"}) {
    struct statvfs traits {};
    if (statvfs(candidate, &traits) == 0 && (traits.f_flag & (ST_NODEV | ST_NOEXEC | ST_RDONLY)) == 0)
      return candidate;
  }
  throw std::runtime_error(
      "/var/tmp, /srv and /var/lib are all mounted nodev, noexec or read-only: no place for jails");
}

}  // namespace

const std::string& workplace() { return path(); }

std::string run_name() { return path().substr(path().rfind('/') + 1); }

void make_workplace() {
  const std::string parent = roomy_directory();
  sweep_groups(parent);  // before the directories, whose locks tell which are in use
  sweep_directories(parent);
  path() = parent + "/" + kPrefix + std::to_string(getpid());
  if (mkdir(path().c_str(), 0755) != 0 || chmod(path().c_str(), 0755) != 0)
    throw std::runtime_error("can't make " + path());
  const int lock = open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0 || flock(lock, LOCK_EX) != 0) throw std::runtime_error("can't lock " + path());
}

void remove_workplace() {
  std::error_code ignored;
  std::filesystem::remove_all(path(), ignored);
}

}  // namespace jailrun::integration
