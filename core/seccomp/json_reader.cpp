// SPDX-License-Identifier: Apache-2.0
#include "core/seccomp/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace jailrun::seccomp {
namespace {

constexpr unsigned kDeepest = 32;  // a profile has 6

void append_utf8(std::string& text, uint32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xc0U | point >> 6);
    text += static_cast<char>(0x80U | (point & 0x3fU));
  } else {
    text += static_cast<char>(0xe0U | point >> 12);
    text += static_cast<char>(0x80U | (point >> 6 & 0x3fU));
    text += static_cast<char>(0x80U | (point & 0x3fU));
  }
}

}  // namespace

void JsonReader::fail(const char* what) {
  if (fault_.empty()) fault_ = what;
}

size_t JsonReader::line() const {
  const size_t read = std::min(at_, text_.size());
  return 1 +
         static_cast<size_t>(std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(read), '\n'));
}

void JsonReader::skip_space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
    ++at_;
}

bool JsonReader::take(char byte) {
  if (at_ >= text_.size() || text_[at_] != byte) return false;
  ++at_;
  return true;
}

bool JsonReader::take(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

bool JsonReader::open(char bracket) {
  if (has_failed()) return false;
  skip_space();
  if (!take(bracket))
    fail(bracket == '{' ? "expected an object" : "expected a list");
  else if (++depth_ > kDeepest)
    fail("it is nested too deeply");
  return !has_failed();
}

bool JsonReader::next(char bracket, bool is_first) {
  if (has_failed()) return false;
  skip_space();
  if (take(bracket)) return false;
  if (!is_first) {
    if (!take(',')) fail(bracket == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
    skip_space();
  }
  return !has_failed();
}

std::string_view JsonReader::string() {
  if (has_failed()) return {};
  skip_space();
  if (!take('"')) return fail("expected a string"), std::string_view();
  const size_t begin = at_;
  bool has_escape = false;
  for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
    if (static_cast<unsigned char>(text_[at_]) < ' ')
      return fail("a string does not end"), std::string_view();
    if (text_[at_] != '\\') {
      if (has_escape) unescaped_ += text_[at_];
      continue;
    }
    if (!has_escape) unescaped_.assign(text_.substr(begin, at_ - begin));
    has_escape = true;
    escape();
    if (has_failed()) return {};
  }
  const size_t end = at_;
  if (!take('"')) return fail("a string does not end"), std::string_view();
  return has_escape ? std::string_view(unescaped_) : text_.substr(begin, end - begin);
}

// With at_ at the backslash; leaves it at the last byte.
void JsonReader::escape() {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kBytes = "\"\\/\b\f\n\r\t";
  const char kind = ++at_ < text_.size() ? text_[at_] : '\0';
  if (const size_t found = kNames.find(kind); kind != '\0' && found != std::string_view::npos) {
    unescaped_ += kBytes[found];
    return;
  }
  uint32_t point = 0;
  const char* const digits = text_.data() + at_ + 1;
  if (kind != 'u' || text_.size() - at_ < 5 ||
      std::from_chars(digits, digits + 4, point, 16).ptr != digits + 4)
    return fail("a string has an escape that JSON does not know");
  append_utf8(unescaped_, point);
  at_ += 4;
}

uint64_t JsonReader::number() {
  if (has_failed()) return 0;
  skip_space();
  uint64_t value = 0;
  const char* const end = text_.data() + text_.size();
  const auto parsed = std::from_chars(text_.data() + at_, end, value);
  const bool goes_on = parsed.ptr != end && (*parsed.ptr == '.' || *parsed.ptr == 'e' || *parsed.ptr == 'E');
  if (parsed.ec != std::errc() || goes_on)
    return fail("expected a whole number from 0 to 18446744073709551615"), 0;
  at_ = static_cast<size_t>(parsed.ptr - text_.data());
  return value;
}

void JsonReader::skip_number() {
  constexpr std::string_view kInNumbers = "+-.0123456789eE";
  const size_t begin = at_;
  while (at_ < text_.size() && kInNumbers.find(text_[at_]) != std::string_view::npos) ++at_;
  if (at_ == begin) fail("expected a value");
}

bool JsonReader::take_null() {
  if (has_failed()) return false;
  skip_space();
  return take("null");
}

bool JsonReader::is_string() {
  skip_space();
  return at_ < text_.size() && text_[at_] == '"';
}

bool JsonReader::is_object() {
  skip_space();
  return at_ < text_.size() && text_[at_] == '{';
}

void JsonReader::skip() {
  if (has_failed()) return;
  skip_space();
  const char first = at_ < text_.size() ? text_[at_] : '\0';
  if (first == '{') return object([this](std::string_view) { skip(); });
  if (first == '[') return array([this] { skip(); });
  if (first == '"') return void(string());
  if (take("true") || take("false") || take("null")) return;
  skip_number();
}

void JsonReader::finish() {
  skip_space();
  if (!has_failed() && at_ != text_.size()) fail("expected nothing more");
}

}  // namespace jailrun::seccomp
