// SPDX-License-Identifier: Apache-2.0
// Memory and CPUs of one NUMA node, for hosts without a cpuset controller.
#pragma once

#include "jailrun/result.hpp"

#include <string>

namespace jailrun::sys {

// Binds the caller's memory to one node and the calling thread to these CPUs ("0-3,8").
Result<void> bind_to_node(uint32_t node, const std::string& cpus);

}  // namespace jailrun::sys
