// SPDX-License-Identifier: Apache-2.0
#include "core/sys/landlock.hpp"

#include <cerrno>
#include <string>

#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun::sys {
namespace {

// include/uapi/linux/landlock.h of Linux 6.12, under other names: headers define the kernel's as macros,
// enums and structs, each in a version of its own.
constexpr uint32_t kGiveVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
constexpr int kRuleForPath = 1;       // LANDLOCK_RULE_PATH_BENEATH
constexpr int kRuleForPort = 2;       // LANDLOCK_RULE_NET_PORT
struct Ruleset {                      // struct landlock_ruleset_attr
  uint64_t files;
  uint64_t ports;   // ABI 4
  uint64_t scopes;  // ABI 6
};
struct [[gnu::packed]] PathRule {  // struct landlock_path_beneath_attr
  uint64_t access;
  int32_t parent;
};
struct PortRule {  // struct landlock_net_port_attr
  uint64_t access;
  uint64_t port;
};
static_assert(sizeof(Ruleset) == 24 && sizeof(PathRule) == 12 && sizeof(PortRule) == 16);

}  // namespace

int landlock_abi() {
  // ENOSYS: not built in; EOPNOTSUPP: not enabled; a filter of the caller's may answer something else.
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kGiveVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

Result<UniqueFd> make_ruleset(const LandlockDenied& denied) {
  // An older kernel takes the longer struct, as what it does not know is zero.
  const Ruleset ruleset = {denied.files, denied.ports, denied.scopes};
  UniqueFd fd(static_cast<int>(syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0)));
  if (!fd) return system_error(errno, "make a ruleset");
  return fd;
}

Result<void> allow_below(int ruleset, int place, uint64_t access) {
  const PathRule rule = {access, place};
  if (syscall(SYS_landlock_add_rule, ruleset, kRuleForPath, &rule, 0) != 0)
    return system_error(errno, "add a rule");
  return {};
}

Result<void> allow_port(int ruleset, uint64_t port, uint64_t access) {
  const PortRule rule = {access, port};
  if (syscall(SYS_landlock_add_rule, ruleset, kRuleForPort, &rule, 0) != 0)
    return system_error(errno, "add a rule for port " + std::to_string(port));
  return {};
}

bool restrict_thread(int ruleset) { return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0; }

}  // namespace jailrun::sys
