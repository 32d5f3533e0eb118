// SPDX-License-Identifier: Apache-2.0
// The little JSON that is written: strings.
#pragma once

#include <string>
#include <string_view>

namespace jailrun::core {

// In quotes, escaped as RFC 8259 wants, and every control character with it; bytes that are no UTF-8 become
// U+FFFD.
std::string json_string(std::string_view text);

// Whether all of it is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace jailrun::core
