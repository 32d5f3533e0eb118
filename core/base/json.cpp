// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"

namespace jailrun::core {

size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

namespace {

// The control character that `text` begins with, of ASCII or U+0080 to U+009F; -1: none. JSON would allow the
// latter as they are, but it may be shown on a terminal.
int control_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < ' ' || first == 0x7f) return first;
  const auto second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0U;
  return first == 0xC2 && second >= 0x80 && second <= 0x9F ? static_cast<int>(second) : -1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const char c = text.front();
    const size_t length = utf8_length(text);
    if (c == '"' || c == '\\') {
      out.append("\\").append(1, c);
    } else if (const int control = control_character(text); control >= 0) {
      out.append("\\u00")
          .append(1, "0123456789abcdef"[control >> 4])
          .append(1, "0123456789abcdef"[control & 15]);
    } else if (length == 0) {
      out.append("\\ufffd");
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
