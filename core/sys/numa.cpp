// SPDX-License-Identifier: Apache-2.0
#include "core/sys/numa.hpp"

#include <cerrno>
#include <charconv>

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {

bool parse_cpus(const std::string& list, cpu_set_t& set) {
  CPU_ZERO(&set);
  const char* at = list.data();
  const char* end = at + list.size();
  while (at < end) {
    unsigned first = 0;
    auto parsed = std::from_chars(at, end, first);
    if (parsed.ec != std::errc()) return false;
    unsigned last = first;
    if (parsed.ptr < end && *parsed.ptr == '-') {
      parsed = std::from_chars(parsed.ptr + 1, end, last);
      if (parsed.ec != std::errc()) return false;
    }
    for (unsigned cpu = first; cpu <= last && cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &set);
    at = parsed.ptr;
    if (at < end && *at++ != ',') return false;
  }
  return CPU_COUNT(&set) > 0;
}

Result<void> bind_to_node(uint32_t node, const std::string& cpus) {
  constexpr uint32_t kBitsAWord = 8 * sizeof(unsigned long);
  unsigned long mask[1024 / kBitsAWord] = {};  // MAX_NUMNODES of the kernel is at most 1024
  if (node >= 1024) return system_error(EINVAL, "bind memory to node " + std::to_string(node));
  mask[node / kBitsAWord] |= 1UL << (node % kBitsAWord);
  // The kernel uses one bit fewer than the number it is given, see set_mempolicy(2).
  if (syscall(SYS_set_mempolicy, MPOL_BIND, mask, 1024 + 1) != 0)
    return system_error(errno, "bind memory to node " + std::to_string(node));
  cpu_set_t set;
  if (!parse_cpus(cpus, set)) return system_error(EINVAL, "run on CPUs " + cpus);
  if (syscall(SYS_sched_setaffinity, 0, sizeof set, &set) != 0)
    return system_error(errno, "run on CPUs " + cpus);
  return {};
}

}  // namespace jailrun::sys
