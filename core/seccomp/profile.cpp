// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/profile.hpp"

#include "core/seccomp/evaluate.hpp"
#include "core/seccomp/json_reader.hpp"

#include <cstdio>
#include <cstring>

#include <linux/seccomp.h>
#include <sys/utsname.h>

namespace jailrun::seccomp {
namespace {

// What only OCI's format has at its top.
bool is_oci(std::string_view json) {
  JsonReader reader(json);
  bool found = false;
  reader.object([&](std::string_view key) {
    found = key == "defaultAction" || key == "syscalls" || key == "archMap" || key == "architectures";
    reader.fail("enough is known");
  });
  return found;
}

}  // namespace

Circumstances of_this_kernel(uint64_t capabilities) {
  Circumstances circumstances = {capabilities, 0, 0};
  utsname names = {};
  if (uname(&names) == 0)
    (void)!sscanf(names.release, "%u.%u", &circumstances.kernel_major, &circumstances.kernel_minor);
  return circumstances;
}

Profile read_filter(std::string_view bytes) {
  Profile profile;
  if (bytes.size() % sizeof(sock_filter) != 0) {
    profile.faults.push_back(
        {0, "its " + std::to_string(bytes.size()) +
                " bytes are not a whole number of filter instructions, which have 8 each"});
    return profile;
  }
  profile.program.resize(bytes.size() / sizeof(sock_filter));
  if (!bytes.empty()) memcpy(profile.program.data(), bytes.data(), bytes.size());
  if (const std::string fault = fault_of(view(profile.program)); !fault.empty())
    profile.faults.push_back({0, fault});
  return profile;
}

Profile read_profile(std::string_view text, const Circumstances& circumstances) {
  // Each instruction of a filter holds zeros, and no text does.
  if (text.find('\0') != std::string_view::npos) return read_filter(text);
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{')
    return is_oci(text) ? read_oci(text, circumstances) : read_firecracker(text);
  return read_minijail(text);
}

}  // namespace jailrun::seccomp
