// SPDX-License-Identifier: Apache-2.0
#include "core/cli/jails/operands.hpp"

#include <cstdlib>

namespace jailrun::core::cli {

Result<std::string> one_jail(const Parsed& parsed, const std::string& command) {
  if (parsed.operands.size() == 1) return parsed.operands.front();
  return input_error(command + ": name one jail, as [NAME/]ID");
}

Result<int> seconds_of(const OptionValues& options, const std::string& name, int otherwise) {
  const auto& given = options.of(name);
  if (given.empty()) return otherwise;
  const std::string wrong = value_error(*jail_options().option(name), given.back().text);
  if (!wrong.empty()) return input_error("--" + name + ": " + wrong);
  return static_cast<int>(std::strtol(given.back().text.c_str(), nullptr, 10));
}

}  // namespace jailrun::core::cli
