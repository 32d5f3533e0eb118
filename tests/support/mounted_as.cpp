// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mounted_as.hpp"

#include <cerrno>

#include <dlfcn.h>
#include <sys/statvfs.h>

namespace {

struct Replaced {
  std::string path;
  unsigned long flags = 0;
};

Replaced& replaced() {
  static Replaced instance;
  return instance;
}

}  // namespace

// Exported (tests/CMakeLists.txt), so that it is found before libc's for the plugins too. It is not handed
// in, as cgroup_host_double.hpp is: plugins call libc themselves, and for them to ask the runner instead
// would take a function of the plugin interface that only tests need.
extern "C" int statvfs(const char* path, struct statvfs* traits) {
  using Function = int (*)(const char*, struct statvfs*);
  static const auto kReal = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "statvfs"));
  if (kReal == nullptr) return errno = ENOSYS, -1;
  const int result = kReal(path, traits);
  if (result == 0 && !replaced().path.empty() && replaced().path == path) traits->f_flag |= replaced().flags;
  return result;
}

namespace jailrun::tests {

MountedAs::MountedAs(const std::string& path, unsigned long flags) { replaced() = {path, flags}; }
MountedAs::~MountedAs() { replaced() = {}; }

}  // namespace jailrun::tests
