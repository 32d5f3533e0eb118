// SPDX-License-Identifier: Apache-2.0
#include "core/sys/namespaces.hpp"

#include "core/sys/paths.hpp"
#include "core/sys/process.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

namespace jailrun::sys {

Result<void> join_namespace(int fd, uint32_t type) {
  if (setns(fd, static_cast<int>(type)) != 0) return system_error(errno, "join the namespace");
  return {};
}

Result<UniqueFd> open_namespace(const std::string& path, uint32_t type) {
  // O_PATH first: opening a FIFO, a terminal or a watchdog in its place would have effects.
  JR_ASSIGN(const UniqueFd place, open_host(path, O_PATH));
  struct statfs filesystem {};
  if (fstatfs(place.get(), &filesystem) != 0 || filesystem.f_type != NSFS_MAGIC)
    return input_error(path + " is not a namespace");
  Result<UniqueFd> again = open_host("/proc/self/fd/" + std::to_string(place.get()), O_RDONLY);
  if (!again && !is_proc_mounted()) return no_proc("joining the namespace " + path);
  JR_ASSIGN(UniqueFd fd, std::move(again));
  const int found = ioctl(fd.get(), NS_GET_NSTYPE);
  if (found < 0) return input_error(path + " is not a namespace");
  if (static_cast<uint32_t>(found) != type) return input_error(path + " is a namespace of another kind");
  return fd;
}

}  // namespace jailrun::sys
