// SPDX-License-Identifier: Apache-2.0
// Memory and CPUs of one NUMA node, for hosts without a cpuset controller.
#pragma once

#include "jailrun/result.hpp"

#include <string>

#include <sched.h>

namespace jailrun::sys {

// "0-3,8" as a CPU set; false if it is not such a list.
bool parse_cpus(const std::string& list, cpu_set_t& set);

// Binds the caller's memory to one node and the calling thread to these CPUs ("0-3,8").
Result<void> bind_to_node(uint32_t node, const std::string& cpus);

}  // namespace jailrun::sys
