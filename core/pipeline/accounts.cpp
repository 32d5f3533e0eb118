// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/accounts.hpp"

#include "core/sys/paths.hpp"

#include <charconv>

namespace jailrun::core {
namespace {

// Takes the text up to the separator off the front of `rest`.
std::string_view next_field(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

}  // namespace

Result<uint64_t> account_number(std::string_view name, const std::string& file) {
  constexpr size_t kLargest = 16UL * 1024 * 1024;
  JR_ASSIGN(const std::string text, sys::read_small(file, kLargest));
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = next_field(rest, '\n');
    if (next_field(line, ':') != name) continue;
    (void)next_field(line, ':');
    const std::string_view field = next_field(line, ':');
    uint32_t number = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
    if (error == std::errc() && !field.empty() && end == field.data() + field.size()) return uint64_t{number};
    return input_error("'" + std::string(name) + "' has no number in " + file);
  }
  return input_error("'" + std::string(name) + "' is not in " + file +
                     ", the only place that is looked at for names (NSS is not asked); give the number");
}

}  // namespace jailrun::core
