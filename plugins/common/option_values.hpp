// SPDX-License-Identifier: Apache-2.0
// The values of options, one after the other and part by part.
#pragma once

#include <jailrun/stage.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jailrun_stages {

// Calls add(value, index) for each value of a repeatable option. An error gets the
// value's origin in front of it.
template <class Add>
jailrun::Result<void> each_value(jailrun::Context& context, const char* option, Add add) {
  uint64_t index = 0;
  for (const std::string& value : context.options(option)) {
    jailrun::Result<void> added = add(value, index);
    if (!added) return std::move(added).error().within(context.origin(option, index));
    ++index;
  }
  return {};
}

// "ro,nodev" as its words. Never none: "" has one, which is empty.
inline std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    const size_t comma = text.find(',');
    words.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return words;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace jailrun_stages
