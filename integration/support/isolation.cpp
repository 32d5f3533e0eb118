// SPDX-License-Identifier: Apache-2.0
#include "integration/support/isolation.hpp"

#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"
#include "integration/support/workplace.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  throw std::runtime_error("the tests can't have a world of their own: " + what + ": " +
                           std::strerror(errno));
}

// The tests' own group in one hierarchy: below the one they were started in, so that its limits still apply.
struct OwnGroup {
  CgroupMount mount;
  std::string path;
  std::string handed_down;  // version 2: what the group above did not hand down before
};

std::string first_line(const std::string& path) {
  std::string text = read_file(path);
  return text.substr(0, text.find('\n'));
}

bool try_write(const std::string& path, const std::string& content) {
  try {
    write_file(path, content);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// A version 2 group has a controller only where its parent enables it. A parent that holds processes can't,
// and then the tests do without.
std::string hand_down_all(const std::string& group) {
  const std::string before = " " + first_line(group + "/cgroup.subtree_control") + " ";
  std::string changed;
  std::istringstream controllers(first_line(group + "/cgroup.controllers"));
  for (std::string one; controllers >> one;)
    if (before.find(" " + one + " ") == std::string::npos &&
        try_write(group + "/cgroup.subtree_control", "+" + one))
      changed += (changed.empty() ? "-" : " -") + one;
  return changed;
}

std::vector<OwnGroup> make_groups() {
  std::vector<OwnGroup> groups;
  for (const CgroupMount& mount : cgroup_mounts()) {
    const std::string here = group_of(getpid(), mount);
    const std::string parent = mount.path + (here == "/" ? "" : here);
    OwnGroup group{mount, parent + "/" + run_name(), ""};
    if (mount.version == 2) group.handed_down = hand_down_all(parent);
    if (mkdir(group.path.c_str(), 0755) != 0) give_up("make " + group.path);
    for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {
      const std::string above = group.path.substr(0, group.path.rfind('/'));
      if (mount.carries("cpuset") && mount.version == 1)
        write_file(group.path + file, read_file(above + file));
    }
    groups.push_back(group);
  }
  return groups;
}

// Processes end with the pid namespace; the kernel takes them out of their groups a little later.
void remove_groups(const std::vector<OwnGroup>& groups) {
  for (const OwnGroup& group : groups) {
    if (!remove_group_tree(group.path)) std::fprintf(stderr, "left behind: %s\n", group.path.c_str());
    // Refused where another run of the tests, begun later, has come to need it.
    if (!group.handed_down.empty())
      try_write(group.path.substr(0, group.path.rfind('/')) + "/cgroup.subtree_control", group.handed_down);
  }
}

void enter_groups(const std::vector<OwnGroup>& groups) {
  for (const OwnGroup& group : groups) write_file(group.path + "/cgroup.procs", "0");
  // From here on /proc/PID/cgroup is relative to these groups, as the mounts below are.
  if (unshare(CLONE_NEWCGROUP) != 0) give_up("make a cgroup namespace");
  for (const OwnGroup& group : groups) {
    if (group.mount.version != 2) continue;
    const std::string leaf = group.path + kTestsLeaf;
    if (mkdir(leaf.c_str(), 0755) != 0) give_up("make " + leaf);
    write_file(leaf + "/cgroup.procs", "0");
  }
}

void make_mounts(const std::vector<OwnGroup>& groups) {
  if (unshare(CLONE_NEWNS) != 0) give_up("make a mount namespace");
  if (mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0) give_up("make all mounts private");
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) give_up("mount /proc");
  for (const OwnGroup& group : groups)
    if (mount(group.path.c_str(), group.mount.path.c_str(), nullptr, MS_BIND, nullptr) != 0)
      give_up("show " + group.path + " as a root");
  if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) give_up("mount /run");
}

volatile sig_atomic_t tests_pid = 0;
void end_tests(int) {
  if (tests_pid > 0) kill(static_cast<pid_t>(tests_pid), SIGKILL);
}

[[noreturn]] void be_the_tests(const std::function<int()>& tests, const std::vector<OwnGroup>& groups) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int status = 1;
  try {
    enter_groups(groups);
    make_mounts(groups);
    status = tests();
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "%s\n", exception.what());
  }
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

int run_isolated(const std::function<int()>& tests) {
  // What a terminal or a CI runner left open or ignored would be inherited by every launch, and make each run
  // another.
  close_range(3, ~0U, 0);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  std::vector<OwnGroup> groups;
  try {
    make_workplace();
    groups = make_groups();
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "%s\n", exception.what());
    return 1;
  }
  std::fflush(nullptr);
  // Only the clean-up comes after it: an interrupted run must not leave its groups behind.
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) signal(number, end_tests);
  const auto pid =
      static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid == 0) {
    for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) signal(number, SIG_DFL);
    be_the_tests(tests, groups);
  }
  int status = 0;
  if (pid > 0) {
    tests_pid = pid;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  } else {
    std::perror("can't make a pid namespace");
  }
  remove_groups(groups);
  remove_workplace();
  if (pid < 0) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace jailrun::integration
