// SPDX-License-Identifier: Apache-2.0
#include "core/actions/process/numa.hpp"

#include "core/sys/numa.hpp"

namespace jailrun::core {

Result<void> NumaAction::perform(Launch&) { return sys::bind_to_node(node_, cpus_); }

}  // namespace jailrun::core
