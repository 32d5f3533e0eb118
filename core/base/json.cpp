// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"

#include "core/base/unicode.hpp"

#include <cstdio>

namespace jailrun::core {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const char c = text.front();
    const size_t length = utf8_length(text);
    const uint32_t code = length == 0 ? 0xFFFD : code_point(text.substr(0, length));
    if (c == '"' || c == '\\') {
      out.append("\\").append(1, c);
    } else if (length == 0 || is_deceptive(code)) {
      // JSON would allow most of them as they are, but it may be shown on a terminal. All are below U+10000.
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(code));
      out += escaped;
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "\"";
}

JsonObject& JsonObject::add_raw(std::string_view key, std::string_view json) {
  if (!members_.empty()) members_ += ",";
  members_.append(json_string(key)).append(":").append(json);
  return *this;
}

JsonArray& JsonArray::add_raw(std::string_view json) {
  if (!items_.empty()) items_ += ",";
  if (layout_ == Layout::kOneItemPerLine) items_ += "\n";
  items_ += json;
  return *this;
}

std::string JsonArray::text() const {
  const bool ends_line = layout_ == Layout::kOneItemPerLine && !items_.empty();
  return "[" + items_ + (ends_line ? "\n]" : "]");
}

}  // namespace jailrun::core
