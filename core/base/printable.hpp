// SPDX-License-Identifier: Apache-2.0
// Text from an untrusted source, made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace jailrun::core {

// One line: control characters are shown as '?', those of ASCII and those that UTF-8 writes as C2 80 to C2
// 9F. A name from a hostile tenant must neither look like a line of its own nor control the terminal.
std::string printable(std::string_view text);

}  // namespace jailrun::core
