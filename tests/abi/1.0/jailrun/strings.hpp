// SPDX-License-Identifier: Apache-2.0
//
// Conversions between the interface's strings and C++'s. None copies.
#ifndef JAILRUN_STRINGS_HPP
#define JAILRUN_STRINGS_HPP

#include "plugin.h"

#include <string_view>

namespace jailrun {

// Borrowed: valid as long as what `text` views, and NUL-terminated only if that is: a
// literal or a std::string is.
constexpr jr_str to_str(std::string_view text) { return {text.data(), text.size()}; }

// Views of the same memory. Never null, even if the string or bytes are empty and have no data.
inline std::string_view to_view(jr_str text) { return {text.length ? text.data : "", text.length}; }
inline std::string_view to_view(jr_bytes bytes) {
  return {bytes.length ? static_cast<const char*>(bytes.data) : "", bytes.length};
}

}  // namespace jailrun

#endif
