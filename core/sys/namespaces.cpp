#include "core/sys/namespaces.hpp"

#include "core/sys/paths.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

namespace jailrun::sys {

Result<void> join_namespace(int fd, uint32_t type) {
  if (setns(fd, static_cast<int>(type)) != 0) return system_error(errno, "join the namespace");
  return {};
}

Result<UniqueFd> open_namespace(const std::string& path, uint32_t type) {
  // O_NONBLOCK: a FIFO in its place must not make the launch wait for a writer.
  JR_ASSIGN(UniqueFd fd, open_host(path, O_RDONLY | O_NONBLOCK));
  const int found = ioctl(fd.get(), NS_GET_NSTYPE);
  if (found < 0) return input_error(path + " is no namespace");
  if (static_cast<uint32_t>(found) != type) return input_error(path + " is a namespace of another kind");
  return fd;
}

}  // namespace jailrun::sys
