// SPDX-License-Identifier: Apache-2.0
// Names of capabilities, as capabilities(7) has them.
#pragma once

#include <cstdint>
#include <string>

namespace jailrun::sys {

// "CAP_MKNOD CAP_CHOWN" for a set with these bits; "-" for none.
std::string capability_names(uint64_t set);

}  // namespace jailrun::sys
