// SPDX-License-Identifier: Apache-2.0
#include "core/sys/mount_table.hpp"

#include "core/sys/paths.hpp"

#include <algorithm>

namespace jailrun::sys {

Result<std::vector<MountEntry>> mount_table() {
  constexpr size_t kLargestTable = 64UL << 20;
  JR_ASSIGN(const std::string text, read_small("/proc/self/mounts", kLargestTable));
  std::vector<MountEntry> all;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    std::string_view field[4];  // device, directory, type, options: see fstab(5)
    for (std::string_view& one : field) {
      one = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(line.size(), one.size() + 1));
    }
    all.push_back({decoded_mount_field(field[1]), std::string(field[2]), std::string(field[3])});
  }
  return all;
}

Result<std::vector<std::string>> mounts_below(const std::string& path) {
  JR_ASSIGN(std::vector<MountEntry> table, mount_table());
  const std::string above = path == "/" ? path : path + "/";
  std::vector<std::string> found;
  for (MountEntry& mount : table)
    if (mount.directory != "/" && mount.directory.compare(0, above.size(), above) == 0)
      found.push_back(std::move(mount.directory));
  return found;
}

std::string decoded_mount_field(std::string_view field) {
  const auto is_octal = [](char digit) { return digit >= '0' && digit <= '7'; };
  std::string text;
  while (!field.empty()) {
    const bool is_escape = field.size() >= 4 && field[0] == '\\' && is_octal(field[1]) &&
                           is_octal(field[2]) && is_octal(field[3]);
    text += is_escape ? static_cast<char>((field[1] - '0') * 64 + (field[2] - '0') * 8 + (field[3] - '0'))
                      : field[0];
    field.remove_prefix(is_escape ? 4 : 1);
  }
  return text;
}

}  // namespace jailrun::sys
