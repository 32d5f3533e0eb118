// SPDX-License-Identifier: Apache-2.0
// SHA-256, as FIPS 180-4 describes it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace jailrun::core {

using Sha256 = std::array<uint8_t, 32>;
Sha256 sha256(std::string_view bytes);

}  // namespace jailrun::core
