// SPDX-License-Identifier: Apache-2.0
// What the mount that a jail is on allows.
#pragma once

#include <jailrun/result.hpp>

#include <cerrno>
#include <string>

#include <sys/statvfs.h>

namespace jailrun_stages {

struct JailMount {
  std::string shown;        // the root, or the base where there is no root yet
  unsigned long flags = 0;  // ST_NODEV, ST_NOEXEC
};

// One call more than for the base alone. A root that exists may be a mount of its own: Kata binds it onto
// itself and remounts it with exec and dev, as systemd mounts /run without. Then that mount decides, not the
// base's.
inline jailrun::Result<JailMount> jail_mount(const std::string& root, const std::string& base) {
  struct statvfs traits {};
  for (const std::string& one : {root, base}) {
    if (statvfs(one.c_str(), &traits) == 0) return JailMount{one, traits.f_flag};
    // An ordinary user, who is shown a plan, may not look into it.
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return jailrun::system_error(errno, one);
  }
  return jailrun::system_error(errno, base);
}

// Refuses `node` if no device can be opened on the jail's mount.
inline jailrun::Result<void> check_node(const std::string& root, const std::string& base,
                                        const std::string& node) {
  const jailrun::Result<JailMount> mount = jail_mount(root, base);
  if (!mount || (mount.value().flags & ST_NODEV) == 0) return {};
  return jailrun::input_error(mount.value().shown + " is on a filesystem mounted nodev: " + node +
                              " could not be opened in the jail");
}

}  // namespace jailrun_stages
