// SPDX-License-Identifier: Apache-2.0
// Profiles of system calls in the formats that others have: what they say becomes a policy, or is a filter
// already.
#pragma once

#include "core/seccomp/policy.hpp"
#include "core/seccomp/program.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace jailrun::seccomp {

// What profiles make depend on where they are used.
struct Circumstances {
  uint64_t capabilities = 0;  // that the program has, by their numbers
  unsigned kernel_major = 0;
  unsigned kernel_minor = 0;
};
Circumstances of_this_kernel(uint64_t capabilities);

struct ProfileFault {
  size_t line = 0;  // from 1; 0: the whole file
  std::string text;
};

struct Profile {
  Policy policy;
  Program program;                   // not empty: already a filter, and the policy says nothing
  uint32_t flags = 0;                // SECCOMP_FILTER_FLAG_LOG and _SPEC_ALLOW of linux/seccomp.h
  std::vector<std::string> unknown;  // names of calls that the profile allows and this program does not know
  std::vector<ProfileFault> faults;
};

// Whichever format the text is in: OCI's JSON (Docker's, Podman's), the JSON of Firecracker's seccompiler, a
// filter as the kernel loads it, minijail's policy.
Profile read_profile(std::string_view text, const Circumstances& circumstances);

// One format each.
Profile read_oci(std::string_view json, const Circumstances& circumstances);
Profile read_firecracker(std::string_view json);
Profile read_filter(std::string_view bytes);
Profile read_minijail(std::string_view text);

// Those that are built in: Docker's default profile, and one for Firecracker.
Profile docker_profile(const Circumstances& circumstances);
Profile firecracker_profile();

}  // namespace jailrun::seccomp
