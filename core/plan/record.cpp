// SPDX-License-Identifier: Apache-2.0
#include "core/plan/record.hpp"

#include <cstdlib>

namespace jailrun::core {
namespace {

bool is_plain(char byte) { return byte > ' ' && byte < 0x7f && byte != '%'; }

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

const std::string& Record::text(std::string_view key) const {
  static const std::string kNone;
  for (const Field& field : fields_)
    if (field.key == key) return field.value;
  return kNone;
}

uint64_t Record::number(std::string_view key) const { return std::strtoull(text(key).c_str(), nullptr, 0); }

std::string encode(const Record& record) {
  std::string line;
  line.reserve(128);
  for (const Field& field : record.fields()) {
    if (!line.empty()) line += ' ';
    line.append(field.key).append(1, '=');
    const std::string& value = field.value;
    for (size_t at = 0; at < value.size();) {
      size_t end = at;  // runs of plain bytes are most of a ledger
      while (end < value.size() && is_plain(value[end])) ++end;
      line.append(value, at, end - at);
      if (end == value.size()) break;
      const auto byte = static_cast<unsigned char>(value[end]);
      line.append(1, '%').append(1, "0123456789ABCDEF"[byte >> 4]).append(1, "0123456789ABCDEF"[byte & 15]);
      at = end + 1;
    }
  }
  return line;
}

Result<Record> decode(std::string_view line) {
  Record record;
  while (!line.empty()) {
    std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) return input_error("'" + std::string(word) + "' is not key=value");
    std::string value;
    for (size_t i = equals + 1; i < word.size(); ++i) {
      if (word[i] != '%') {
        value += word[i];
        continue;
      }
      const int high = i + 2 < word.size() ? hex_digit(word[i + 1]) : -1;
      const int low = i + 2 < word.size() ? hex_digit(word[i + 2]) : -1;
      if (high < 0 || low < 0) return input_error("'" + std::string(word) + "' has a broken %XX");
      value += static_cast<char>(high * 16 + low);
      i += 2;
    }
    record.add(std::string(word.substr(0, equals)), std::move(value));
  }
  return record;
}

std::string octal(uint32_t mode) {
  std::string digits;
  for (uint32_t rest = mode; rest != 0; rest >>= 3)
    digits.insert(digits.begin(), static_cast<char>('0' + (rest & 7)));
  return "0" + digits;
}

}  // namespace jailrun::core
