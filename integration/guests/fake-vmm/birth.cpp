// SPDX-License-Identifier: Apache-2.0
#include "birth.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace fake_vmm {
namespace {

class Facts {
 public:
  __attribute__((format(printf, 2, 3))) void say(const char* format, ...) {
    char line[4352];
    va_list values;
    va_start(values, format);
    std::vsnprintf(line, sizeof line, format, values);
    va_end(values);
    text_ += line;
    text_ += '\n';
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void tell_process(Facts& facts) {
  uid_t uid[3] = {};
  gid_t gid[3] = {};
  getresuid(&uid[0], &uid[1], &uid[2]);
  getresgid(&gid[0], &gid[1], &gid[2]);
  facts.say("uid %u %u %u", uid[0], uid[1], uid[2]);
  facts.say("gid %u %u %u", gid[0], gid[1], gid[2]);
  facts.say("groups %d", getgroups(0, nullptr));
  facts.say("pid %d", getpid());
  facts.say("parent %d", getppid());
  facts.say("session %d", getsid(0));
  char cwd[4096] = "";
  if (getcwd(cwd, sizeof cwd) == nullptr) std::snprintf(cwd, sizeof cwd, "(%s)", strerrorname_np(errno));
  facts.say("cwd %s", cwd);
}

void tell_descriptors(Facts& facts) {
  for (int fd = 0; fd < 1024; ++fd) {
    struct stat there {};
    if (fstat(fd, &there) != 0) continue;
    facts.say("fd %d %06o %u:%u", fd, there.st_mode, major(there.st_rdev), minor(there.st_rdev));
  }
}

void tell_limits(Facts& facts) {
  struct rlimit limit {};
  getrlimit(RLIMIT_NOFILE, &limit);
  facts.say("limit-nofile %lld", static_cast<long long>(limit.rlim_cur));
  getrlimit(RLIMIT_FSIZE, &limit);
  facts.say("limit-fsize %lld", static_cast<long long>(limit.rlim_cur));
}

void tell_interfaces(Facts& facts) {
  struct if_nameindex* const all = if_nameindex();
  for (struct if_nameindex* one = all; one != nullptr && one->if_name != nullptr; ++one)
    facts.say("interface %s", one->if_name);
  if (all != nullptr) if_freenameindex(all);
}

void tell_open(Facts& facts, const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  facts.say("open %s %s", path, fd < 0 ? strerrorname_np(errno) : "yes");
  if (fd >= 0) close(fd);
}

}  // namespace

std::string tell_birth(int argc, char** argv, char** environment) {
  Facts facts;
  for (int i = 0; i < argc; ++i) facts.say("argument %s", argv[i]);
  for (; *environment != nullptr; ++environment) facts.say("environment %s", *environment);
  tell_process(facts);
  tell_descriptors(facts);
  tell_limits(facts);
  tell_interfaces(facts);
  tell_open(facts, "/dev/kvm");
  tell_open(facts, "/dev/net/tun");
  facts.say("end");
  return facts.text();
}

}  // namespace fake_vmm
