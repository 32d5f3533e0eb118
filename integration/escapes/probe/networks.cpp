// SPDX-License-Identifier: Apache-2.0
// The host's network and its sockets, and kinds of sockets that few programs need and many holes were in.
#include "integration/escapes/probe/probe.hpp"

#include <cstddef>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace escapes {
namespace {

Result connect_to_unix(const std::string& name, size_t offset) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + offset, sizeof address.sun_path - 1 - offset);
  const size_t length = offsetof(sockaddr_un, sun_path) + offset + name.size();
  const Result result =
      by(connect(fd, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length)));
  close(fd);
  return result;
}
Result connect_to_abstract(const Targets& targets) { return connect_to_unix(targets.text("abstract"), 1); }
Result connect_to_path(const Targets& targets) { return connect_to_unix(targets.text("socket"), 0); }

sockaddr_in at_loopback(long port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Result connect_by_tcp(const Targets& targets) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed();
  const sockaddr_in address = at_loopback(targets.number("port"));
  return by(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

// The kernel's number of the network namespace, which a socket tells.
bool is_hosts_network(int fd, const Targets& targets) {
  unsigned long long cookie = 0;
  socklen_t size = sizeof cookie;
  if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0) return false;
  return std::to_string(cookie) == targets.text("network");
}

Result listen_on_host(const Targets& targets) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed();
  const sockaddr_in address = at_loopback(0);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, 1) != 0)
    return failed();
  return is_hosts_network(fd, targets) ? reached() : blocked("only in a network of its own");
}

// NLMSG_DATA, whose casts are C's.
const void* content_of(const nlmsghdr* header) { return header + 1; }

// Asks the kernel for all listening sockets, and looks for the host's.
Result list_connections(const Targets& targets) {
  const int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) return failed();
  struct {
    nlmsghdr header;
    inet_diag_req_v2 wanted;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.wanted.sdiag_family = AF_INET;
  request.wanted.sdiag_protocol = IPPROTO_TCP;
  request.wanted.idiag_states = ~0U;
  if (send(fd, &request, sizeof request, 0) < 0) return failed();
  alignas(nlmsghdr) char buffer[32768];
  for (;;) {
    const ssize_t length = recv(fd, buffer, sizeof buffer, 0);
    if (length <= 0) return failed();
    for (size_t at = 0; at + sizeof(nlmsghdr) <= static_cast<size_t>(length);) {
      const auto* const header = reinterpret_cast<const nlmsghdr*>(buffer + at);
      if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
        return blocked("the host's are not among them");
      const auto* const one = static_cast<const inet_diag_msg*>(content_of(header));
      if (ntohs(one->id.idiag_sport) == targets.number("port")) return reached();
      at += (header->nlmsg_len + NLMSG_ALIGNTO - 1) & ~(NLMSG_ALIGNTO - 1);
    }
  }
}

Result have_socket(int family, int type, int protocol) {
  const int fd = socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) return failed();
  close(fd);
  return reached();
}
Result use_raw(const Targets&) { return have_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
Result use_packet(const Targets&) { return have_socket(AF_PACKET, SOCK_RAW, 0); }
Result use_vsock(const Targets&) { return have_socket(AF_VSOCK, SOCK_STREAM, 0); }
Result use_crypto(const Targets&) { return have_socket(AF_ALG, SOCK_SEQPACKET, 0); }

// Netfilter's: the way into the kernel of many exploits, once a program has rights over a network.
Result change_firewall(const Targets&) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (fd < 0) return failed();
  struct {
    nlmsghdr header;
    unsigned char body[4];
  } request{};
  constexpr int kNfTables = 10;
  constexpr int kGetTable = 1;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = kNfTables << 8 | kGetTable;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  if (send(fd, &request, sizeof request, 0) < 0) return failed();
  alignas(nlmsghdr) char buffer[8192];
  if (recv(fd, buffer, sizeof buffer, 0) < 0) return failed();
  const auto* const header = reinterpret_cast<const nlmsghdr*>(buffer);
  if (header->nlmsg_type != NLMSG_ERROR) return reached();
  errno = -static_cast<const nlmsgerr*>(content_of(header))->error;
  return errno == 0 ? reached() : failed();
}

// What the kernel tells device managers: the host's devices as they come and go.
Result hear_about_devices(const Targets& targets) {
  const int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
  if (fd < 0) return failed();
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return failed();
  return is_hosts_network(fd, targets) ? reached() : blocked("only in a network of its own");
}

}  // namespace

Probes networks() {
  return {{"connect-to-an-abstract-socket", connect_to_abstract},
          {"connect-to-a-host-socket", connect_to_path},
          {"connect-to-host-loopback", connect_by_tcp},
          {"listen-on-host-network", listen_on_host},
          {"list-host-connections", list_connections},
          {"hear-about-devices", hear_about_devices},
          {"use-raw-sockets", use_raw},
          {"use-packet-sockets", use_packet},
          {"use-vsock", use_vsock},
          {"use-kernel-crypto", use_crypto},
          {"talk-to-the-firewall", change_firewall}};
}

}  // namespace escapes
