// SPDX-License-Identifier: Apache-2.0
#include "core/base/printable.hpp"

#include "core/base/json.hpp"

#include <cstdint>

namespace jailrun::core {
namespace {

// The character of a well-formed sequence of UTF-8.
uint32_t code_point(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return first;
  uint32_t code = first & (0xFFU >> (sequence.size() + 1));
  for (const char next : sequence.substr(1)) code = code << 6 | (static_cast<unsigned char>(next) & 0x3FU);
  return code;
}

// Line and paragraph separators, and what changes the direction of writing: a name could look like another.
bool is_layout(uint32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool is_control(uint32_t code) { return code < ' ' || (code >= 0x7F && code <= 0x9F); }

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    const uint32_t code = length == 0 ? 0 : code_point(text.substr(0, length));
    if (is_control(code) || is_layout(code))
      shown += '?';
    else
      shown += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return shown;
}

}  // namespace jailrun::core
