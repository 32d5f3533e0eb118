// SPDX-License-Identifier: Apache-2.0
#include "core/cli/jails/show.hpp"

#include <ctime>

namespace jailrun::core::cli {

std::string utc_time(uint64_t seconds) {
  const auto time = static_cast<time_t>(seconds);
  tm parts{};
  char text[32] = "?";
  if (gmtime_r(&time, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace jailrun::core::cli
