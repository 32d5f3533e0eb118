// SPDX-License-Identifier: Apache-2.0
// Lengths of time, as people write them: "90", "500ms", "1m30s".
#pragma once

#include <jailrun/stage.hpp>

#include <charconv>
#include <string>
#include <string_view>

namespace jailrun_stages {

inline jailrun::Error not_a_duration(const std::string& text) {
  return jailrun::input_error(
      "'" + text +
      "' is not a length of time: a number of seconds, or numbers with ms, s, m, h or "
      "d, such as 1m30s");
}

// In milliseconds, at most 100 years. A number without a unit is in seconds, and stands alone.
inline jailrun::Result<uint64_t> parse_duration(const std::string& text) {
  struct Unit {
    std::string_view name;
    uint64_t milliseconds;
  };
  constexpr Unit kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60UL * 1000}, {"h", 3600UL * 1000}, {"d", 86400UL * 1000}};
  constexpr uint64_t kMost = 100ULL * 366 * 86400 * 1000;
  const bool has_unit = text.find_first_not_of("0123456789") != std::string::npos;
  uint64_t sum = 0;
  std::string_view rest = text;
  do {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (end == rest.data()) return not_a_duration(text);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const std::string_view name = has_unit ? rest.substr(0, rest.find_first_of("0123456789")) : "s";
    if (has_unit) rest.remove_prefix(name.size());
    uint64_t unit = 0;
    for (const Unit& one : kUnits)
      if (one.name == name) unit = one.milliseconds;
    if (unit == 0) return not_a_duration(text);
    // After each step, so that nothing overflows.
    if (error != std::errc() || number > kMost / unit || (sum += number * unit) > kMost)
      return jailrun::input_error("'" + text + "' is more than 100 years");
  } while (!rest.empty());
  return sum;
}

}  // namespace jailrun_stages
