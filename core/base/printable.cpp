// SPDX-License-Identifier: Apache-2.0
#include "core/base/printable.hpp"

namespace jailrun::core {

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool is_c1 = byte == 0xC2 && next >= 0x80 && next <= 0x9F;
    shown += byte < ' ' || byte == 0x7f || is_c1 ? '?' : text[i];
    i += is_c1 ? 1 : 0;
  }
  return shown;
}

}  // namespace jailrun::core
