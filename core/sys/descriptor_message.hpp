// SPDX-License-Identifier: Apache-2.0
// A message of some bytes with which a descriptor may travel: see SCM_RIGHTS in unix(7). Allocates nothing.
#pragma once

#include <cstddef>
#include <cstring>

#include <sys/socket.h>

namespace jailrun::sys {

class DescriptorMessage {
 public:
  // `data` is borrowed: what is sent, or the place for what is received.
  DescriptorMessage(void* data, size_t size) : data_{data, size} {
    header_.msg_iov = &data_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_;
    header_.msg_controllen = sizeof control_;
  }
  // To be sent; `fd` -1: without one.
  DescriptorMessage(void* data, size_t size, int fd) : DescriptorMessage(data, size) {
    if (fd < 0) {
      header_.msg_control = nullptr;
      header_.msg_controllen = 0;
      return;
    }
    cmsghdr* const rights = CMSG_FIRSTHDR(&header_);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  DescriptorMessage(const DescriptorMessage&) = delete;
  DescriptorMessage& operator=(const DescriptorMessage&) = delete;

  msghdr* header() { return &header_; }

  // After it was received: the caller's, -1 if none came.
  int descriptor() const {
    const cmsghdr* const rights = CMSG_FIRSTHDR(&header_);
    if (rights == nullptr || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS ||
        rights->cmsg_len != CMSG_LEN(sizeof(int)))
      return -1;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    return fd;
  }

 private:
  iovec data_;
  alignas(cmsghdr) char control_[CMSG_SPACE(sizeof(int))] = {};
  msghdr header_ = {};
};

}  // namespace jailrun::sys
