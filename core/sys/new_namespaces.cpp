// SPDX-License-Identifier: Apache-2.0
#include "core/sys/new_namespaces.hpp"

#include "core/sys/process.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace jailrun::sys {
namespace {

struct Type {
  uint32_t flag;
  const char* name;
};
constexpr Type kTypes[] = {{CLONE_NEWUSER, "user"},     {CLONE_NEWIPC, "ipc"}, {CLONE_NEWUTS, "uts"},
                           {CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWNET, "net"}, {CLONE_NEWTIME, "time"}};

// The first Linux in which an exec enters the time namespace that the process has made; before, only a child
// did, and the process itself only while it had a single thread.
bool exec_enters_time_namespace(const std::string& release) {
  int major = 0;
  int minor = 0;
  if (std::sscanf(release.c_str(), "%d.%d", &major, &minor) != 2) return true;  // the kernel will tell
  return major > 6 || (major == 6 && minor >= 2);
}

// "monotonic 12 500000000\n": whole seconds, perhaps negative, and nanoseconds, which are not.
std::string offset_line(const char* clock, int64_t nanoseconds) {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t seconds = nanoseconds / kSecond;
  int64_t rest = nanoseconds % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return std::string(clock) + " " + std::to_string(seconds) + " " + std::to_string(rest) + "\n";
}

}  // namespace

const char* namespace_name(uint32_t type) {
  for (const Type& one : kTypes)
    if (one.flag == type) return one.name;
  return "?";
}

std::string missing_namespace(uint32_t type, const std::string& proc, const std::string& release) {
  const std::string own = proc + "/self/ns/";
  struct stat there {};
  // Only what the kernel names as missing is: without /proc, or with one that may not be read, it is tried.
  if (lstat((own + namespace_name(type)).c_str(), &there) != 0 && errno == ENOENT &&
      lstat((own + "mnt").c_str(), &there) == 0)
    return std::string("this kernel has no ") + namespace_name(type) + " namespaces";
  if (type == CLONE_NEWTIME && !exec_enters_time_namespace(release))
    return "a program can be started in a new time namespace since Linux 6.2, and this is " + release;
  return {};
}

std::string missing_namespace(uint32_t type) {
  utsname name{};
  if (type == CLONE_NEWTIME) uname(&name);
  return missing_namespace(type, "/proc", name.release);
}

Result<void> unshare_namespace(uint32_t type) {
  if (unshare(static_cast<int>(type)) == 0) return {};
  const int reason = errno;
  if (reason != ENOSPC) return system_error(reason, "");
  return system_error(
      reason, std::string("the limit user.max_") + namespace_name(type) + "_namespaces of sysctl is reached");
}

Result<void> set_host_name(const std::string& name) {
  if (sethostname(name.data(), name.size()) != 0) return system_error(errno, "set the hostname");
  return {};
}

Result<void> set_domain_name(const std::string& name) {
  if (setdomainname(name.data(), name.size()) != 0) return system_error(errno, "set the domainname");
  return {};
}

Result<void> bring_up_loopback() {
  // Of the one family that every kernel has: any socket reaches the devices of its namespace.
  const UniqueFd any(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any) return system_error(errno, "open a socket");
  ifreq loopback{};
  std::memcpy(loopback.ifr_name, "lo", sizeof "lo");
  loopback.ifr_flags = IFF_UP;
  if (ioctl(any.get(), SIOCSIFFLAGS, &loopback) != 0) return system_error(errno, "bring up the interface lo");
  return {};
}

Result<UniqueFd> open_proc(const char* purpose) {
  UniqueFd proc(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs filesystem {};
  if (!proc || fstatfs(proc.get(), &filesystem) != 0 || filesystem.f_type != PROC_SUPER_MAGIC)
    return no_proc(purpose);
  return proc;
}

Result<void> set_clock_offsets(int proc, const ClockOffsets& offsets) {
  // By the descriptor: that path leads into the jail by now. "self" is whoever asks.
  const UniqueFd file(openat(proc, "self/timens_offsets", O_WRONLY | O_CLOEXEC));
  if (!file) return system_error(errno, "open /proc/self/timens_offsets");
  // Those of both clocks at once: the kernel takes a single write, at the file's beginning.
  const std::string text =
      offset_line("monotonic", offsets.monotonic) + offset_line("boottime", offsets.boottime);
  if (write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  const int reason = errno;
  return system_error(reason, reason == ERANGE ? "an offset would make a clock negative, or overflow"
                                               : "set the offsets of the clocks");
}

}  // namespace jailrun::sys
