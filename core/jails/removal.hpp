// SPDX-License-Identifier: Apache-2.0
// How jails are to be removed.
#pragma once

#include "jailrun/plugin.h"

#include <cstdint>

namespace jailrun::core {

struct Removal {
  bool force = false;     // ends the processes of a live one: SIGTERM, then SIGKILL
  int timeout_ms = 5000;  // between the two, and after the second
  uint32_t reason = JR_RELEASE_REMOVE;
  int release_ms = 0;            // for what the plugins of one jail release; 0: no limit
  bool without_plugins = false;  // what only they can release is left, and said
};

}  // namespace jailrun::core
