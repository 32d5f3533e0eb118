// SPDX-License-Identifier: Apache-2.0
// Small pieces of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun::core {

// Two lower-case digits a byte.
std::string hex(const uint8_t* bytes, size_t count);

std::string joined(const std::vector<std::string>& words, std::string_view separator);

}  // namespace jailrun::core
