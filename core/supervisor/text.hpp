// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stddef.h>

namespace jailrun::supervisor {

// Text of bounded length. Not stdio, whose pages would be three quarters of this program's memory.
class Text {
 public:
  Text& add(const char* text) {
    for (; *text != '\0' && length_ + 1 < sizeof buffer_; ++text) buffer_[length_++] = *text;
    buffer_[length_] = '\0';
    return *this;
  }
  Text& add(const char* key, long long number) {
    char digits[24];
    char* at = digits + sizeof digits - 1;
    *at = '\0';
    const bool negative = number < 0;
    for (unsigned long long rest = negative ? 0ULL - static_cast<unsigned long long>(number)
                                            : static_cast<unsigned long long>(number);
         ; rest /= 10) {
      *--at = static_cast<char>('0' + rest % 10);
      if (rest < 10) break;
    }
    if (negative) *--at = '-';
    return add(key).add(at);
  }
  const char* c_str() const { return buffer_; }
  char* data() { return buffer_; }
  size_t length() const { return length_; }

 private:
  char buffer_[2048] = "";
  size_t length_ = 0;
};

}  // namespace jailrun::supervisor
