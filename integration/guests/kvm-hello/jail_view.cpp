// SPDX-License-Identifier: Apache-2.0
// What a process can tell of its jail without /proc and /sys, which a jail has no need of.

#include "jail_view.hpp"

#include "fail.hpp"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <unistd.h>

namespace {

std::string root_entries() {
  DIR* root = opendir("/");
  if (root == nullptr) fail("opendir /");
  std::vector<std::string> names;
  while (const dirent* entry = readdir(root)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(root);
  std::sort(names.begin(), names.end());
  std::string line;
  for (const std::string& name : names) {
    line.append(" ").append(name);
  }
  return line;
}

// Asked over netlink: the jail has no /sys/class/net, and SIOCGIFCONF leaves out interfaces without
// an address, which a fresh network namespace's lo is.
std::string interfaces() {
  struct if_nameindex* list = if_nameindex();
  if (list == nullptr) fail("if_nameindex");
  std::string line;
  for (const struct if_nameindex* one = list; one->if_name != nullptr; ++one) {
    line.append(" ").append(one->if_name);
  }
  if_freenameindex(list);
  return line.empty() ? " none" : line;
}

// No /proc/self/fd in the jail; so each number is tried.
int open_descriptors() {
  const int limit = static_cast<int>(std::min(sysconf(_SC_OPEN_MAX), 65536L));
  int count = 0;
  for (int fd = 0; fd < limit; ++fd) count += fcntl(fd, F_GETFD) != -1 ? 1 : 0;
  return count;
}

}  // namespace

void show_jail() {
  uid_t uid[3];
  gid_t gid[3];
  char directory[PATH_MAX];
  if (getresuid(&uid[0], &uid[1], &uid[2]) != 0) fail("getresuid");
  if (getresgid(&gid[0], &gid[1], &gid[2]) != 0) fail("getresgid");
  const int groups = getgroups(0, nullptr);
  if (groups < 0) fail("getgroups");
  if (getcwd(directory, sizeof directory) == nullptr) fail("getcwd");
  std::printf("jail: uid %u real, %u effective, %u saved\n", uid[0], uid[1], uid[2]);
  std::printf("jail: gid %u real, %u effective, %u saved, %d more\n", gid[0], gid[1], gid[2], groups);
  std::printf("jail: cwd %s\n", directory);
  std::printf("jail: in /:%s\n", root_entries().c_str());
  std::printf("jail: open descriptors: %d\n", open_descriptors());
  std::printf("jail: network interfaces:%s\n", interfaces().c_str());
}
