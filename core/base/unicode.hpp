// SPDX-License-Identifier: Apache-2.0
// UTF-8 (RFC 3629), and the characters that make a text look like another on a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jailrun::core {

// Length of the well-formed sequence that `text` begins with; 0: it begins with none.
size_t utf8_length(std::string_view text);

// True if all of it is well-formed.
bool is_utf8(std::string_view text);

// The character of one well-formed sequence.
uint32_t code_point(std::string_view sequence);

// Controls of ASCII and U+0080 to U+009F, which terminals obey; line and paragraph separators; and what
// changes the direction of writing: a name could look like another.
bool is_deceptive(uint32_t code);

}  // namespace jailrun::core
