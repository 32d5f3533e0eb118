// SPDX-License-Identifier: Apache-2.0
// What a launch did to the host and to its own process, in terms of its system calls.
#pragma once

#include "integration/support/trace.hpp"

#include <string>
#include <vector>

namespace jailrun::integration {

// Calls that change something: the ones to trace.
std::string changing_calls();

// "mkdir /srv/jails/probe", "chown /srv/...", "write /sys/fs/cgroup/... 512", "setresuid 1234". One that only
// reads, or that failed, has none.
struct Effect {
  std::string what;
  SystemCall call;
};
std::vector<Effect> effects_of(const std::vector<SystemCall>& calls);

}  // namespace jailrun::integration
