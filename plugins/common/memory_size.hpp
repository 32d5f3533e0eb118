// SPDX-License-Identifier: Apache-2.0
// How much a filesystem in memory can hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jailrun_stages {

// "64M" in bytes. tmpfs also accepts 0 for no limit, a sign, and a percentage of the host's memory: none of them is
// a size.
inline std::optional<uint64_t> memory_size(std::string_view text) {
  constexpr uint64_t kLargest = uint64_t{1} << 60;
  uint64_t unit = 1;
  switch (text.empty() ? '\0' : text.back()) {
    case 'k':
    case 'K': unit = uint64_t{1} << 10; break;
    case 'm':
    case 'M': unit = uint64_t{1} << 20; break;
    case 'g':
    case 'G': unit = uint64_t{1} << 30; break;
    default: break;
  }
  if (unit != 1) text.remove_suffix(1);
  uint64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9' || number > kLargest / 10) return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(digit - '0');
  }
  if (number == 0 || number > kLargest / unit) return std::nullopt;
  return number * unit;
}

// How many files it can hold if nothing is said: one for each page. Empty ones take the kernel's memory too, which
// the size does not count.
inline uint64_t inodes_for(uint64_t size) {
  constexpr uint64_t kPage = 4096;
  constexpr uint64_t kFewest = 16;
  constexpr uint64_t kMost = uint64_t{1} << 20;
  const uint64_t pages = size / kPage;
  return pages < kFewest ? kFewest : (pages > kMost ? kMost : pages);
}

}  // namespace jailrun_stages
