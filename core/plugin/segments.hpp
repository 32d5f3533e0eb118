// SPDX-License-Identifier: Apache-2.0
// What of a shared object is loaded, compared to the byte.
#pragma once

#include "core/base/sha256.hpp"
#include "jailrun/result.hpp"

#include <string_view>

namespace jailrun::core {

// The SHA-256 of all loadable segments of this file. The ELF header's place and number of the section headers
// count as zero: stripping symbols changes them, and no loader reads them.
Result<Sha256> digest_of_segments(std::string_view file);

}  // namespace jailrun::core
