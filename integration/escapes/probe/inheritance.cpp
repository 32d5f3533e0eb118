// SPDX-License-Identifier: Apache-2.0
// What the caller had and nobody named: descriptors, environment, groups, directory; and what tells of it.
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/utsname.h>

namespace escapes {
namespace {

Result read_environment(const Targets&) {
  const char* const value = std::getenv(kSecretVariable);
  return value == nullptr ? blocked("it is not there") : by_secret(value);
}

// The caller has opened the file of the host's, and its root directory.
Result read_descriptor(const Targets& targets) {
  char text[64] = {};
  const int fd = static_cast<int>(targets.number("descriptor"));
  if (pread(fd, text, sizeof text - 1, 0) < 0) return failed();
  return by_secret(text);
}
Result leave_by_descriptor(const Targets& targets) {
  const int root = static_cast<int>(targets.number("root"));
  const int fd = openat(root, targets.text("file").c_str() + 1, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed();
  char text[64] = {};
  return read(fd, text, sizeof text - 1) < 0 ? failed() : by_secret(text);
}
// By a working directory that is outside its root, as CVE-2024-21626 did.
Result leave_by_directory(const Targets& targets) {
  return read_secret("../../../../../../../.." + targets.text("file"));
}

Result have_groups(const Targets& targets) {
  gid_t groups[64];
  const int count = getgroups(64, groups);
  if (count < 0) return failed();
  for (int i = 0; i < count; ++i)
    if (static_cast<long>(groups[i]) == targets.number("group")) return reached();
  return blocked("it has not the caller's");
}

Result see_host_name(const Targets& targets) {
  utsname names{};
  if (uname(&names) != 0) return failed();
  return names.nodename == targets.text("host") ? reached() : blocked("it is another");
}

}  // namespace

Probes inheritance() {
  return {{"read-the-callers-environment", read_environment},
          {"read-the-callers-descriptor", read_descriptor},
          {"leave-by-a-directory-descriptor", leave_by_descriptor},
          {"leave-by-the-working-directory", leave_by_directory},
          {"have-the-callers-groups", have_groups},
          {"see-the-hosts-name", see_host_name}};
}

}  // namespace escapes
