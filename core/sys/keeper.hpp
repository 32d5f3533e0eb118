// SPDX-License-Identifier: Apache-2.0
// The process that keeps a helper, and what it and the launch tell each other.
#pragma once

#include "jailrun/plugin.h"

#include <cstdint>
#include <string>
#include <vector>

namespace jailrun::sys {

struct HelperProgram {
  int file = -1;  // open for reading, borrowed
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  jr_owner owner = {0, 0};
  bool has_network = false;  // its keeper makes a network namespace, in a user namespace of that owner's
  bool goes_to_background = false;
};

// What an argument can be, where there is such a namespace: its path takes the place of this.
inline constexpr const char* kUserNamespacePlace = "{user-namespace}";
inline constexpr const char* kNetworkNamespacePlace = "{network-namespace}";

struct KeeperMessage {
  enum Kind : uint32_t { kMade, kGo, kNamespaces, kMapped, kReady, kFailed, kFollow };
  enum Step : uint32_t { kMakeProcess, kDropPrivileges, kMakeNamespace, kExec, kExited, kKilled, kLeftNone };
  Kind kind;
  Step step;
  int32_t value;  // a pid, an errno, or how the helper has ended
};

// Open descriptors of a keeper. All others are closed.
struct KeeperFiles {
  int socket;
  int program;
  int report;
  int null;
  int watched;  // pidfd
};

[[noreturn]] void keep(const HelperProgram& program, KeeperFiles files);

}  // namespace jailrun::sys
