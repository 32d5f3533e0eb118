// SPDX-License-Identifier: Apache-2.0
// Sizes as people write them: "8G", "512M", "1048576".
#pragma once

#include <jailrun/result.hpp>

#include <cstdint>
#include <string>

namespace volume {

// The largest size that a file can have: off_t.
constexpr uint64_t kLargestSize = INT64_MAX;

inline jailrun::Result<uint64_t> parse_size(const std::string& text) {
  const auto refuse = [&] {
    return jailrun::input_error("'" + text +
                                "' is not a size: use bytes, or a number with K, M, G or T, such as 8G");
  };
  uint64_t size = 0;
  size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    const auto digit = static_cast<uint64_t>(text[at] - '0');
    if (size > (kLargestSize - digit) / 10) return refuse();
    size = size * 10 + digit;
  }
  if (at == 0 || size == 0) return refuse();
  if (at == text.size()) return size;
  constexpr std::string_view kUnits = "KMGT";
  const size_t unit = kUnits.find(text[at]);
  if (unit == std::string_view::npos || at + 1 != text.size()) return refuse();
  const unsigned shift = 10 * (static_cast<unsigned>(unit) + 1);
  if (size > kLargestSize >> shift) return refuse();
  return size << shift;
}

// The shortest text that means exactly this size.
inline std::string show_size(uint64_t size) {
  size_t unit = 0;
  for (; size != 0 && size % 1024 == 0 && unit < 4; ++unit) size /= 1024;
  return std::to_string(size) + (unit == 0 ? " bytes" : std::string(1, "KMGT"[unit - 1]));
}

}  // namespace volume
