// SPDX-License-Identifier: Apache-2.0
// Names of capabilities, as capabilities(7) has them.
#pragma once

#include <cstdint>
#include <string>

namespace jailrun::sys {

// "CAP_MKNOD CAP_CHOWN" for a set with these bits; "-" for none.
std::string capability_names(uint64_t set);

// For `setpriv --bounding-set`: "-all,+mknod,+chown".
std::string setpriv_words(uint64_t set);

// The calling thread's effective set.
uint64_t effective_capabilities();

}  // namespace jailrun::sys
