// SPDX-License-Identifier: Apache-2.0
#include "core/sys/streams.hpp"

#include "core/sys/files.hpp"
#include "core/sys/host_paths.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace jailrun::sys {

namespace {

int found_directory = -1;

}  // namespace

bool open_missing_streams() {
  for (int stream = 0; stream < 3; ++stream) {
    struct stat now {};
    if (fstat(stream, &now) == 0) {
      if (S_ISDIR(now.st_mode) && found_directory < 0) found_directory = stream;
      continue;
    }
    // The lowest number that is free is this one.
    if (errno != EBADF || open("/dev/null", O_RDWR) != stream) return false;
  }
  return true;
}

int directory_stream() { return found_directory; }

Result<UniqueFd> open_log(const std::string& path) {
  JR_ASSIGN(UniqueFd fd, open_host_output(path));
  // The program's writes wait, as it expects.
  if (fcntl(fd.get(), F_SETFL, O_APPEND) != 0) return system_error(errno, "open " + path);
  return fd;
}

Result<void> remove_empty_log(const std::string& path) {
  JR_ASSIGN(const HostWalk walk, HostWalk::to(path, HostWalk::LastLink::kRefuse));
  struct stat now {};
  if (fstatat(walk.parent(), walk.leaf().c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(now.st_mode) ||
      now.st_size != 0)
    return {};
  return remove_file({walk.parent(), walk.leaf()});
}

Result<UniqueFd> connect_unix(const std::string& path) {
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return input_error(path + " is too long for a socket's address");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    if (!fd) return system_error(errno, "make a socket");
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    if (errno != EPROTOTYPE) break;
  }
  return system_error(errno, "connect to " + path);
}

}  // namespace jailrun::sys
