// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace fake_vmm {
namespace {

std::string failed(const std::string& what) { return what + ": " + strerrorname_np(errno); }

}  // namespace

std::string cannot_open(const std::string& path, bool for_writing) {
  const int fd = open(path.c_str(), (for_writing ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  return fd < 0 ? failed(path) : "";
}

std::string start_log(const std::string& path) {
  // Both ways, so that the open of a FIFO does not fail for want of a reader.
  const int fd = open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) return failed(path);
  return write(fd, "fake-vmm started\n", 17) == 17 ? "" : failed(path);
}

std::string attach_tap(const std::string& device) {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return failed("/dev/net/tun");
  struct ifreq request {};
  device.copy(request.ifr_name, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  // Without CAP_NET_ADMIN this takes only a device that is there and is the caller's.
  return ioctl(fd, TUNSETIFF, &request) == 0 ? "" : failed("tap device " + device);
}

std::string bind_socket(const std::string& path, int* socket_fd) {
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return "a socket can't have the path " + path;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  *socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = bind(*socket_fd, reinterpret_cast<struct sockaddr*>(&address), sizeof address) == 0;
  return bound ? "" : failed(path);
}

bool append_line(const std::string& path, const std::string& line) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const std::string text = line + "\n";
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return written;
}

bool read_whole(const std::string& path, std::string* content) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) content->append(buffer, static_cast<size_t>(got));
  close(fd);
  return got == 0;
}

}  // namespace fake_vmm
