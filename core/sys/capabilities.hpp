// SPDX-License-Identifier: Apache-2.0
// Capabilities: their names, as capabilities(7) has them, and files that give them.
#pragma once

#include "jailrun/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace jailrun::sys {

// "CAP_MKNOD CAP_CHOWN" for a set with these bits; "-" for none.
std::string capability_names(uint64_t set);

// The number of "CAP_MKNOD".
std::optional<unsigned> capability_number(std::string_view name);

// "noroot no-setuid-fixup" for these bits, SECBIT_... of linux/securebits.h.
std::string securebit_names(uint32_t bits);

// The bit of "noroot-locked", in these words; 0: none has that name.
uint32_t securebit(std::string_view name);

// For `setpriv --bounding-set`: "-all,+mknod,+chown".
std::string setpriv_words(uint64_t set);

// The calling thread's effective set.
uint64_t effective_capabilities();

// True if who executes this file gets the ids of its owner or capabilities. The file may be open O_PATH;
// `now`: its fstat. EOPNOTSUPP where that can't be found out.
Result<bool> gives_privileges(int file, const struct stat& now);

}  // namespace jailrun::sys
