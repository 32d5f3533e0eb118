// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"

#include <cstdio>
#include <cstring>

namespace fake_vmm {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  bool take(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }

  bool string(std::string* value) {
    if (!take('"')) return false;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && ++at_ == text_.size()) return false;
      *value += text_[at_];
    }
    return take('"');
  }

  // A string without its quotes; of anything else its text, brackets balanced.
  bool value(std::string* value) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '"') return string(value);
    const size_t start = at_;
    int depth = 0;
    while (at_ < text_.size()) {
      const char here = text_[at_];
      if (depth == 0 && std::strchr(",]} \t\r\n", here) != nullptr) break;
      if (here == '"') {
        std::string ignored;
        if (!string(&ignored)) return false;
        continue;
      }
      if (here == '{' || here == '[') ++depth;
      if (here == '}' || here == ']') --depth;
      ++at_;
    }
    *value = text_.substr(start, at_ - start);
    return depth == 0 && !value->empty();
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_]) != nullptr) ++at_;
  }

  const std::string& text_;
  size_t at_ = 0;
};

}  // namespace

bool read_object(const std::string& text, Members* members) {
  Reader reader(text);
  if (!reader.take('{')) return false;
  if (reader.take('}')) return reader.at_end();
  do {
    std::string name;
    std::string value;
    if (!reader.string(&name) || !reader.take(':') || !reader.value(&value)) return false;
    (*members)[name] = value;
  } while (reader.take(','));
  return reader.take('}') && reader.at_end();
}

bool read_array(const std::string& text, std::vector<std::string>* elements) {
  Reader reader(text);
  if (!reader.take('[')) return false;
  if (reader.take(']')) return reader.at_end();
  do {
    elements->emplace_back();
    if (!reader.value(&elements->back())) return false;
  } while (reader.take(','));
  return reader.take(']') && reader.at_end();
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    char escaped[8] = {c, 0};
    if (c == '"' || c == '\\') std::snprintf(escaped, sizeof escaped, "\\%c", c);
    if (static_cast<unsigned char>(c) < 0x20) std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
    out += escaped;
  }
  return out + "\"";
}

}  // namespace fake_vmm
