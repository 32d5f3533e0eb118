// SPDX-License-Identifier: Apache-2.0
#include "core/sys/capability_sets.hpp"

#include "core/sys/capabilities.hpp"

#include <cerrno>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

constexpr uint64_t bit(unsigned number) { return uint64_t{1} << number; }
bool has(uint64_t set, unsigned number) { return (set >> number & 1) != 0; }

Result<uint64_t> permitted_now() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) != 0) return system_error(errno, "read the capabilities");
  return uint64_t{data[1].permitted} << 32 | data[0].permitted;
}

Result<void> hold(uint64_t permitted, uint64_t inheritable) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const auto low = [](uint64_t set) { return static_cast<uint32_t>(set); };
  const auto high = [](uint64_t set) { return static_cast<uint32_t>(set >> 32); };
  const __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
      {low(permitted), low(permitted), low(inheritable)},
      {high(permitted), high(permitted), high(inheritable)}};
  if (syscall(SYS_capset, &header, data) != 0) return system_error(errno, "give up the other capabilities");
  return {};
}

Result<void> set_ambient(uint64_t ambient) {
  // Giving up the others has left those that are permitted and inheritable.
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 &&
      (errno != EINVAL || ambient != 0))  // Linux before 4.3 has none
    return system_error(errno, "clear the ambient capabilities");
  for (unsigned number = 0; number < 64; ++number)
    if (has(ambient, number) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0)
      return system_error(errno, "make " + capability_names(bit(number)) + " ambient");
  return {};
}

// One call each, and each makes new credentials: four times as dear as asking whether it is there. What was
// permitted is there, on any host that has not done something odd; so only the others are asked about.
Result<void> limit_bounding(uint64_t bounding, uint64_t were_permitted) {
  for (unsigned number = 0; number < 64; ++number) {
    if (has(bounding, number)) continue;
    if (!has(were_permitted, number)) {
      const int is_there = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
      if (is_there < 0 && errno == EINVAL) return {};  // the kernel knows no more
      if (is_there < 0) return system_error(errno, "read the bounding set");
      if (is_there == 0) continue;
    }
    if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0)
      return system_error(errno, "drop " + capability_names(bit(number)) + " from the bounding set");
  }
  return {};
}

}  // namespace

uint64_t known_capabilities() {
  // A container's filter may forbid to ask: then none must count as unknown, and be left out of what is dropped.
  const auto is_known = [](unsigned number) { return prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; };
  unsigned count = CAP_LAST_CAP + 1;
  while (count < 64 && is_known(count)) ++count;
  while (count > 0 && !is_known(count - 1) && errno == EINVAL) --count;
  return count == 64 ? UINT64_MAX : bit(count) - 1;
}

uint32_t securebits() {
  const int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
  return bits < 0 ? 0 : static_cast<uint32_t>(bits);
}

bool needs_setpcap(const CapabilitySets& sets, uint32_t securebits) {
  return sets.bounding != UINT64_MAX || securebits != 0;
}

Result<void> set_capabilities(const CapabilitySets& sets, uint32_t added_securebits) {
  uint64_t were_permitted = 0;
  if (sets.bounding != UINT64_MAX) {
    JR_ASSIGN(were_permitted, permitted_now());
  }
  const bool borrows = needs_setpcap(sets, added_securebits) && !has(sets.permitted, CAP_SETPCAP);
  // First, as the kernel lets only capabilities of the bounding set become inheritable, and because after a
  // change of uid nothing is effective.
  JR_TRY(hold(sets.permitted | (borrows ? bit(CAP_SETPCAP) : 0), sets.inheritable));
  JR_TRY(set_ambient(sets.ambient));
  JR_TRY(limit_bounding(sets.bounding, were_permitted));
  // After the ambient set, which one of them locks.
  if (added_securebits != 0 && prctl(PR_SET_SECUREBITS, securebits() | added_securebits, 0, 0, 0) != 0)
    return system_error(errno, "set the securebits");
  return borrows ? hold(sets.permitted, sets.inheritable) : Result<void>();
}

}  // namespace jailrun::sys
