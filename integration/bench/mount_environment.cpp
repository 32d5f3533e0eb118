// SPDX-License-Identifier: Apache-2.0
#include "integration/bench/mount_environment.hpp"

#include "integration/support/cgroups.hpp"
#include "integration/support/files.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::integration::bench {
namespace {

void must(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error("can't " + what + ": " + std::strerror(errno));
}

int open_own_namespace() {
  const int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  must(fd, "open the mount namespace");
  return fd;
}

int home() {
  static const int kHome = open_own_namespace();
  return kHome;
}

void mount_fresh(const std::string& directory) {
  must(mount("tmpfs", directory.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"), "mount " + directory);
}

void add_mounts(const std::string& directory, int count) {
  if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) must(-1, "make " + directory);
  mount_fresh(directory);
  for (int i = 0; i < count; ++i) {
    const std::string one = directory + "/" + std::to_string(i);
    must(mkdir(one.c_str(), 0755), "make " + one);
    must(mount(one.c_str(), one.c_str(), nullptr, MS_BIND, nullptr), "mount " + one);
  }
}

void change_all(unsigned long propagation) {
  must(mount(nullptr, "/", nullptr, propagation | MS_REC, nullptr), "change the mounts' propagation");
}

}  // namespace

void share_mounts() { change_all(MS_SHARED); }

void raise_priority() {
  if (const std::string mount = v1_mount("cpu"); !mount.empty())
    write_file(mount + "/cpu.shares", "262144");
  else if (exists(v2_mount() + "/cpu.weight"))
    write_file(v2_mount() + "/cpu.weight", "10000");
  // struct sched_attr of linux/sched/types.h, which can't be included beside sched.h of glibc 2.36.
  struct Attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  };
  const Attributes wanted = {sizeof wanted, SCHED_OTHER, 0, -20, 0, 1000000, 0, 0};
  if (syscall(SYS_sched_setattr, 0, &wanted, 0) != 0) setpriority(PRIO_PROCESS, 0, -20);
}

MountEnvironment::MountEnvironment(const std::string& directory, int mounts) {
  home();
  must(unshare(CLONE_NEWNS), "make a mount namespace");
  // In peer groups of its own first: what a launch mounts in one environment must not propagate to another.
  change_all(MS_PRIVATE);
  change_all(MS_SHARED);
  mount_fresh("/run");
  if (mounts > 0) add_mounts(directory, mounts);
  fd_ = open_own_namespace();
  leave();
}

MountEnvironment::~MountEnvironment() { close(fd_); }

void MountEnvironment::enter() const { must(setns(fd_, CLONE_NEWNS), "enter a mount namespace"); }

void MountEnvironment::leave() { must(setns(home(), CLONE_NEWNS), "leave a mount namespace"); }

}  // namespace jailrun::integration::bench
