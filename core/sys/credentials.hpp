// SPDX-License-Identifier: Apache-2.0
// Credentials and resource limits. By raw system calls, which act on the calling thread alone: glibc's
// wrappers would change every thread's, and the guard (core/performing/guard.hpp) must keep its own.
#pragma once

#include "jailrun/result.hpp"

#include <string>
#include <vector>

namespace jailrun::sys {

// What a change to a uid other than 0 does to capabilities.
enum class Capabilities { kDropped, kStillPermitted };

// User and group ids, real, effective and saved, and exactly these supplementary groups. kStillPermitted:
// what is permitted stays, none of it effective, and set_capabilities() follows.
Result<void> set_credentials(jr_owner owner, const std::vector<uint32_t>& groups,
                             Capabilities capabilities = Capabilities::kDropped);

// The same in a user namespace, which the process, whose only thread this is, enters. `owner` is as it is in
// there, the groups are as they are outside. What is permitted and stays are the capabilities in it.
Result<void> set_credentials_in(int user_namespace, jr_owner owner, const std::vector<uint32_t>& groups,
                                Capabilities capabilities);

// The same in a user namespace that the process is in already, without root: there its supplementary groups
// can't be changed. It stays one that others of the caller's can trace, as the process that guards it has to;
// they could trace the caller's others as well.
Result<void> set_credentials_inside(jr_owner owner, Capabilities capabilities);

// As set_credentials(), for a uid other than 0, but for the saved uid, which stays 0, and the permitted
// capabilities, which stay: so this thread can take its own back. An exec that succeeds leaves neither.
Result<void> lend_credentials(jr_owner owner, const std::vector<uint32_t>& groups);

// Of a thread that may have lent its own, or a part of them.
Result<void> take_back_credentials(uint32_t gid, const std::vector<uint32_t>& groups);

// The calling thread's supplementary groups.
Result<std::vector<uint32_t>> supplementary_groups();

// UINT64_MAX is unlimited.
struct Limit {
  uint64_t soft;
  uint64_t hard;
};

// `resource` is RLIMIT_... of sys/resource.h.
Result<Limit> limit(uint32_t resource);

// Returns the previous limit.
Result<Limit> set_limit(uint32_t resource, const Limit& wanted);

}  // namespace jailrun::sys
