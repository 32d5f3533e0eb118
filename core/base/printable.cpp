// SPDX-License-Identifier: Apache-2.0
#include "core/base/printable.hpp"

#include "core/base/unicode.hpp"

namespace jailrun::core {

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    const uint32_t code = length == 0 ? 0 : code_point(text.substr(0, length));
    if (length == 0 || is_deceptive(code))
      shown += '?';
    else
      shown += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return shown;
}

}  // namespace jailrun::core
