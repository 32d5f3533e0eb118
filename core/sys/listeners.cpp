// SPDX-License-Identifier: Apache-2.0
#include "core/sys/listeners.hpp"

#include <cerrno>
#include <cstring>

#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {

int load_filter_with_listener(const Filter& filter) {
  const sock_fprog program = {filter.count, const_cast<sock_filter*>(filter.instructions)};
  const auto load = [&](uint64_t more) {
    return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                    filter.flags | SECCOMP_FILTER_FLAG_NEW_LISTENER | more, &program));
  };
  // From Linux 5.19 on. Without it any signal interrupts a call that waits for its answer, and calls fail
  // with EINTR that never do.
  const int listener = load(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  return listener < 0 && errno == EINVAL ? load(0) : listener;
}

bool can_answer_within(size_t bytes) {
  seccomp_notif_sizes sizes = {};
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return false;
  errno = EMSGSIZE;
  return sizes.seccomp_notif <= bytes && sizes.seccomp_notif_resp <= bytes;
}

namespace {

union Control {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr alignment;
};

}  // namespace

bool send_descriptor(int socket, int fd, uint64_t fourth, uint64_t fifth) {
  char byte = 'l';
  iovec data = {&byte, 1};
  Control control = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return syscall(SYS_sendmsg, socket, &message, MSG_NOSIGNAL, 0UL, fourth, fifth) == 1;
}

int receive_descriptor(int socket) {
  char byte = 0;
  iovec data = {&byte, 1};
  Control control = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1) return -1;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int)))
    return -1;
  int fd = -1;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

}  // namespace jailrun::sys
