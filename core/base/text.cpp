// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.hpp"

namespace jailrun::core {

std::string hex(const uint8_t* bytes, size_t count) {
  std::string text;
  for (size_t at = 0; at < count; ++at) {
    text += "0123456789abcdef"[bytes[at] >> 4];
    text += "0123456789abcdef"[bytes[at] & 15];
  }
  return text;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (&word != &words.front()) text += separator;
    text += word;
  }
  return text;
}

}  // namespace jailrun::core
