// SPDX-License-Identifier: Apache-2.0
// Device rules as people write them: "c 10:232 rw", as in devices.allow of cgroup version 1, or "/dev/kvm
// rw", as in systemd's DeviceAllow=.
#pragma once

#include "../common/paths.hpp"

#include <jailrun/plugin.h>
#include <jailrun/result.hpp>

#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace device_rules {

inline std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const size_t end = text.find(' ');
    if (end != 0) all.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return all;
}

inline bool parse_number(std::string_view text, uint32_t& number) {
  if (text == "*") {
    number = JR_DEVICE_ANY;
    return true;
  }
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end && number != JR_DEVICE_ANY;
}

inline bool parse_type(std::string_view text, uint32_t& type) {
  if (text.size() != 1) return false;
  if (text == "a") type = JR_DEVICE_ANY;
  if (text == "b") type = JR_NODE_BLOCK;
  if (text == "c") type = JR_NODE_CHAR;
  return text == "a" || text == "b" || text == "c";
}

// "rw", each letter once.
inline bool parse_access(std::string_view text, uint32_t& access) {
  access = 0;
  for (const char letter : text) {
    const uint32_t one = letter == 'r'   ? JR_DEVICE_READ
                         : letter == 'w' ? JR_DEVICE_WRITE
                         : letter == 'm' ? JR_DEVICE_MKNOD
                                         : 0;
    if (one == 0 || (access & one) != 0) return false;
    access |= one;
  }
  return access != 0;
}

// The number of the host's own node.
inline jailrun::Result<void> ask_host(const std::string& path, jr_device_rule& rule) {
  struct stat now {};
  if (stat(path.c_str(), &now) != 0) return jailrun::system_error(errno, path);
  if (!S_ISCHR(now.st_mode) && !S_ISBLK(now.st_mode)) return jailrun::input_error(path + " is not a device");
  rule.type = S_ISBLK(now.st_mode) ? JR_NODE_BLOCK : JR_NODE_CHAR;
  rule.major = major(now.st_rdev);
  rule.minor = minor(now.st_rdev);
  return {};
}

inline jailrun::Result<jr_device_rule> parse(const std::string& text) {
  const jailrun::Error fault = jailrun::input_error(
      "'" + text + "' is neither TYPE MAJOR:MINOR ACCESS, such as 'c 10:232 rw', nor PATH ACCESS");
  const std::vector<std::string> parts = words(text);
  jr_device_rule rule = {};
  if (parts.size() < 2 || !parse_access(parts.back(), rule.access)) return fault;
  if (parts.size() == 2 && jailrun_stages::is_absolute(parts.front())) {
    JR_TRY(ask_host(parts.front(), rule));
    return rule;
  }
  if (parts.size() != 3) return fault;
  const std::string& number = parts[1];
  const size_t colon = number.find(':');
  if (colon == std::string::npos || !parse_type(parts[0], rule.type) ||
      !parse_number(std::string_view(number).substr(0, colon), rule.major) ||
      !parse_number(std::string_view(number).substr(colon + 1), rule.minor))
    return fault;
  return rule;
}

}  // namespace device_rules
