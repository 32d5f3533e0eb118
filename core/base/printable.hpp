// SPDX-License-Identifier: Apache-2.0
// Text from an untrusted source, made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace jailrun::core {

// One line: a '?' stands for each control character (of ASCII, and U+0080 to U+009F), for each character that
// changes the direction of writing, and for each byte that is not UTF-8, as some terminals obey 0x9B alone. A
// name from a hostile tenant must neither look like a line of its own nor control the terminal.
std::string printable(std::string_view text);

}  // namespace jailrun::core
