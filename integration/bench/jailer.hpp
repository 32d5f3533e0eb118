// SPDX-License-Identifier: Apache-2.0
// Firecracker's jailer, where JAILRUN_BENCH_JAILER names one. It makes a root, as jailrun does.
#pragma once

#include "integration/bench/testbed.hpp"

namespace jailrun::integration::bench {

bool has_jailer();
Contender jailer(const Testbed& testbed, const std::string& name, const Strings& options = {});
// Measures jails per second of so many launches begun at the same moment, as parallel_launches does.
Contender parallel_jailers(const Testbed& testbed, const std::string& name, int jails);

}  // namespace jailrun::integration::bench
