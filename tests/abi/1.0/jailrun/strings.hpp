// SPDX-License-Identifier: Apache-2.0
//
// Between the interface's strings and C++'s.
#ifndef JAILRUN_STRINGS_HPP
#define JAILRUN_STRINGS_HPP

#include "plugin.h"

#include <string_view>

namespace jailrun {

// Lent: valid as long as what `text` views. NUL-ended only if that is.
constexpr jr_str to_str(std::string_view text) { return {text.data(), text.size()}; }

inline std::string_view to_view(jr_str text) { return {text.length ? text.data : "", text.length}; }

inline std::string_view to_view(jr_bytes bytes) {
  return {bytes.length ? static_cast<const char*>(bytes.data) : "", bytes.length};
}

}  // namespace jailrun

#endif
