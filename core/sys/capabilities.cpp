// SPDX-License-Identifier: Apache-2.0
#include "core/sys/capabilities.hpp"

#include <cerrno>
#include <iterator>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// In the order of their numbers in linux/capability.h.
constexpr const char* kNames[] = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
};

// In the order of their bits in linux/securebits.h.
constexpr std::string_view kSecurebits[] = {
    "noroot",    "noroot-locked",    "no-setuid-fixup",      "no-setuid-fixup-locked",
    "keep-caps", "keep-caps-locked", "no-cap-ambient-raise", "no-cap-ambient-raise-locked"};

}  // namespace

std::string capability_names(uint64_t set) {
  std::string text;
  for (unsigned number = 0; number < 64; ++number) {
    if ((set >> number & 1) == 0) continue;
    if (!text.empty()) text += ' ';
    text += number < std::size(kNames) ? std::string("CAP_") + kNames[number]
                                       : "capability-" + std::to_string(number);
  }
  return text.empty() ? "-" : text;
}

std::optional<unsigned> capability_number(std::string_view name) {
  if (name.substr(0, 4) != "CAP_") return std::nullopt;
  for (unsigned number = 0; number < std::size(kNames); ++number)
    if (name.substr(4) == kNames[number]) return number;
  return std::nullopt;
}

std::string securebit_names(uint32_t bits) {
  std::string text;
  for (unsigned number = 0; number < 32; ++number) {
    if ((bits >> number & 1) == 0) continue;
    if (!text.empty()) text += ' ';
    text += number < std::size(kSecurebits) ? std::string(kSecurebits[number])
                                            : "securebit-" + std::to_string(number);
  }
  return text;
}

uint32_t securebit(std::string_view name) {
  for (unsigned number = 0; number < std::size(kSecurebits); ++number)
    if (name == kSecurebits[number]) return 1U << number;
  return 0;
}

std::string setpriv_words(uint64_t set) {
  std::string text = "-all";
  for (unsigned number = 0; number < std::size(kNames); ++number) {
    if ((set >> number & 1) == 0) continue;
    text += ",+";
    for (const char* letter = kNames[number]; *letter != '\0'; ++letter)
      text += *letter >= 'A' && *letter <= 'Z' ? static_cast<char>(*letter - 'A' + 'a') : *letter;
  }
  return text;
}

uint64_t effective_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) != 0) return 0;
  return uint64_t{data[1].effective} << 32 | data[0].effective;
}

Result<bool> gives_privileges(int file, const struct stat& now) {
  if ((now.st_mode & (S_ISUID | S_ISGID)) != 0) return true;
  // Not by fgetxattr, which refuses O_PATH.
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (getxattr(path.c_str(), "security.capability", nullptr, 0) >= 0) return true;
  if (errno == ENODATA || errno == EOPNOTSUPP) return false;
  // Without /proc, for example: then it is as if the filesystem had no links.
  return system_error(EOPNOTSUPP, "find out whether the file has capabilities");
}

}  // namespace jailrun::sys
