// SPDX-License-Identifier: Apache-2.0
// Host paths that lead through directories which tenants may write to. They are the SDK's, as plugins need
// them too.
#pragma once

#include "jailrun/host_paths.hpp"

namespace jailrun::sys {

using jailrun::HostFile;
using jailrun::HostKind;
using jailrun::open_host_output;
using jailrun::open_host_source;
using HostWalk = jailrun::host_paths::Walk;

}  // namespace jailrun::sys
