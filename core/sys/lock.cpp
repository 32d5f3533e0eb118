// SPDX-License-Identifier: Apache-2.0
#include "core/sys/lock.hpp"

#include "core/sys/paths.hpp"

#include <cerrno>
#include <cstdio>
#include <ctime>

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace jailrun::sys {

std::string lock_holder(int fd) {
  struct stat now {};
  constexpr size_t kLargest = 4UL << 20;
  const Result<std::string> table = read_small("/proc/locks", kLargest);
  if (!table || fstat(fd, &now) != 0) return "";
  // "1: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF"
  char file[64];
  std::snprintf(file, sizeof file, " %02x:%02x:%llu ", major(now.st_dev), minor(now.st_dev),
                static_cast<unsigned long long>(now.st_ino));
  const std::string& text = table.value();
  for (size_t at = 0; (at = text.find(file, at)) != std::string::npos; ++at) {
    const size_t line = text.rfind('\n', at) + 1;  // npos + 1 is 0
    const size_t pid = text.rfind(' ', at - 1) + 1;
    const bool holds = text.compare(text.find(' ', line) + 1, 2, "->") != 0;  // others wait
    if (holds && text.substr(line, at - line).find("FLOCK") != std::string::npos && text[pid] != '-' &&
        text.substr(pid, at - pid) != "0")
      return ", by process " + text.substr(pid, at - pid);
  }
  return "";
}

Result<bool> lock(int fd, int milliseconds, const std::string& what) {
  for (int waited = 0;;) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return system_error(errno, "lock " + what);
    if (waited++ == milliseconds) return false;
    const timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, nullptr);
  }
}

}  // namespace jailrun::sys
