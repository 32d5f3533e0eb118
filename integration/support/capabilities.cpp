// SPDX-License-Identifier: Apache-2.0
#include "integration/support/capabilities.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace jailrun::integration {

void raise_ambient_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  syscall(SYS_capget, &header, data);
  for (auto& word : data) word.inheritable = word.permitted;
  syscall(SYS_capset, &header, data);
  for (unsigned capability = 0; capability <= CAP_LAST_CAP; ++capability)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

void give_capability(const std::string& file) {
  const unsigned char capability[20] = {1, 0, 0, 2, 0, 0x20};  // the attribute's version 2
  if (setxattr(file.c_str(), "security.capability", capability, sizeof capability, 0) != 0)
    throw std::runtime_error("can't give " + file + " a capability: " + std::strerror(errno));
}

}  // namespace jailrun::integration
