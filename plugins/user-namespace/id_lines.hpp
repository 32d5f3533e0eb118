// SPDX-License-Identifier: Apache-2.0
// Ranges of ids as people write them: in options, and in /etc/subuid.
#pragma once

#include <jailrun/stage.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace user_namespace {

using IdRanges = std::vector<jr_id_range>;

inline bool to_number(std::string_view text, uint32_t& number) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == end;
}

// "a:b:c" as its parts.
inline std::vector<std::string_view> split_at_colons(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

inline jailrun::Result<jr_id_range> parse_range(const std::string& text) {
  const std::vector<std::string_view> parts = split_at_colons(text);
  jr_id_range range{};
  if (parts.size() == 3 && to_number(parts[0], range.inside) && to_number(parts[1], range.outside) &&
      to_number(parts[2], range.count))
    return range;
  return jailrun::input_error("'" + text + "' is not INSIDE:OUTSIDE:COUNT, three numbers below 4294967296");
}

// Why this range can't follow those; empty: it can.
inline std::string conflict(const IdRanges& ranges, const jr_id_range& one) {
  constexpr uint64_t kEnd = 4294967295;  // no id
  if (one.count == 0) return "no ids";
  if (uint64_t{one.inside} + one.count > kEnd || uint64_t{one.outside} + one.count > kEnd)
    return "ids beyond 4294967294, the last one";
  const auto overlap = [](uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count) {
    return a < b + b_count && b < a + a_count;
  };
  for (const jr_id_range& other : ranges) {
    const std::string text = std::to_string(other.inside) + ":" + std::to_string(other.outside) + ":" +
                             std::to_string(other.count);
    if (overlap(one.inside, one.count, other.inside, other.count))
      return "inside ids that " + text + " has already";
    if (overlap(one.outside, one.count, other.outside, other.count))
      return "outside ids that " + text + " has already";
  }
  return {};
}

inline bool has_outside(const IdRanges& ranges, uint64_t id) {
  for (const jr_id_range& one : ranges)
    if (id >= one.outside && id - one.outside < one.count) return true;
  return false;
}

// The lines "NAME:FIRST:COUNT" of that user in /etc/subuid or a file like it, one after the other inside from
// `inside` on: see subuid(5).
inline jailrun::Result<IdRanges> subordinate_ids(const std::string& path, std::string_view user,
                                                 uint64_t inside) {
  std::string text;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return jailrun::system_error(errno, "open " + path);
  char chunk[4096];
  ssize_t size = 0;
  while ((size = read(file, chunk, sizeof chunk)) > 0) text.append(chunk, static_cast<size_t>(size));
  const int reason = errno;
  close(file);
  if (size < 0) return jailrun::system_error(reason, "read " + path);
  IdRanges ranges;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::vector<std::string_view> parts = split_at_colons(line);
    if (parts.front() != user) continue;
    jr_id_range range{static_cast<uint32_t>(inside), 0, 0};
    if (parts.size() != 3 || !to_number(parts[1], range.outside) || !to_number(parts[2], range.count))
      return jailrun::input_error(path + ": '" + std::string(line) + "' is not NAME:FIRST:COUNT");
    inside += range.count;
    if (inside > UINT32_MAX)
      return jailrun::input_error(path + " gives " + std::string(user) + " too many ids");
    ranges.push_back(range);
  }
  if (ranges.empty()) return jailrun::input_error(path + " has no ids for '" + std::string(user) + "'");
  return ranges;
}

// The ids that both have, whose `inside` is 0.
inline IdRanges in_both(const IdRanges& some, const IdRanges& others) {
  IdRanges both;
  for (const jr_id_range& a : some)
    for (const jr_id_range& b : others) {
      const uint64_t begin = std::max<uint64_t>(a.outside, b.outside);
      const uint64_t end = std::min(uint64_t{a.outside} + a.count, uint64_t{b.outside} + b.count);
      if (begin < end) both.push_back({0, static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin)});
    }
  return both;
}

}  // namespace user_namespace
