// SPDX-License-Identifier: Apache-2.0
// JSON as jailrun writes it: compact, members in the order in which they are added.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace jailrun::core {

// In quotes, escaped as RFC 8259 requires, and what deceives on a terminal too (core/base/unicode.hpp); bytes
// that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

class JsonObject {
 public:
  JsonObject& add(std::string_view key, std::string_view text) { return add_raw(key, json_string(text)); }
  JsonObject& add(std::string_view key, std::same_as<bool> auto value) {
    return add_raw(key, value ? "true" : "false");
  }
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) JsonObject& add(std::string_view key, Number value) {
    return add_raw(key, std::to_string(value));
  }
  // A value that is JSON already.
  JsonObject& add_raw(std::string_view key, std::string_view json);

  std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

class JsonArray {
 public:
  enum class Layout { kOneLine, kOneItemPerLine };
  explicit JsonArray(Layout layout = Layout::kOneLine) : layout_(layout) {}

  JsonArray& add(std::string_view text) { return add_raw(json_string(text)); }
  JsonArray& add_raw(std::string_view json);

  std::string text() const;

 private:
  Layout layout_;
  std::string items_;
};

}  // namespace jailrun::core
