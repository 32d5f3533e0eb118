// SPDX-License-Identifier: Apache-2.0
#include "core/sys/listeners.hpp"

#include "core/sys/descriptor_message.hpp"

#include <cerrno>

#include <linux/seccomp.h>
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

bool send_descriptor(int socket, int fd, uint64_t fourth, uint64_t fifth) {
  char byte = 'l';
  DescriptorMessage message(&byte, 1, fd);
  return syscall(SYS_sendmsg, socket, message.header(), MSG_NOSIGNAL, 0UL, fourth, fifth) == 1;
}

int receive_descriptor(int socket) {
  char byte = 0;
  DescriptorMessage message(&byte, 1);
  return recvmsg(socket, message.header(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC) == 1 ? message.descriptor() : -1;
}

}  // namespace jailrun::sys
