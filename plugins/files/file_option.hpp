// SPDX-License-Identifier: Apache-2.0
// The text of one --file option: SOURCE[:TARGET][,way=METHOD][,mode=MODE][,owner=OWNER].
#pragma once

#include "../common/host_file.hpp"
#include "../common/paths.hpp"

#include <jailrun/paths.hpp>
#include <jailrun/result.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

namespace jailrun_stages {

struct FileOption {
  std::string source;  // as given; absolute
  std::string target;  // in the jail
  std::string method;  // empty: the first that works
  std::optional<uint32_t> mode;
  std::optional<jr_owner> owner;
  bool is_jails = false;  // owner=jail
};

namespace file_option {

// The text split at commas, and its first part at the first ":/": a device's name in /dev/disk may contain
// colons, and a target begins with a slash. A character after a backslash is taken as it is.
struct Parts {
  std::string source;
  std::optional<std::string> target;
  std::vector<std::string> words;
};

inline jailrun::Result<Parts> split(std::string_view text) {
  Parts parts;
  std::string* here = &parts.source;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i == text.size()) return jailrun::input_error("'" + std::string(text) + "' ends in a backslash");
    } else if (text[i] == ',') {
      here = &parts.words.emplace_back();
      continue;
    } else if (here == &parts.source && text.substr(i, 2) == ":/") {
      here = &parts.target.emplace();
      continue;
    }
    *here += text[i];
  }
  return parts;
}

inline bool read_number(std::string_view text, int base, uint32_t& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

inline jailrun::Result<void> apply(const std::string& word, FileOption& file) {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (equals != std::string::npos && name == "way") {
    if (!is_method(value)) return jailrun::input_error("'" + value + "' is not one of " + kMethods);
    return file.method = value, jailrun::Result<void>{};
  }
  if (equals != std::string::npos && name == "mode") {
    constexpr uint32_t kPermissions = 07777;
    uint32_t mode = 0;
    if (!read_number(value, 8, mode) || mode > kPermissions)
      return jailrun::input_error("'" + value + "' is not a mode such as 0640");
    // Whoever can reach the file outside the jail would get its owner's rights.
    if ((mode & (S_ISUID | S_ISGID)) != 0)
      return jailrun::input_error(
          "'" + value + "' would make the file set-user-ID or set-group-ID, which no jail may have");
    return file.mode = mode, jailrun::Result<void>{};
  }
  if (equals != std::string::npos && name == "owner") {
    file.is_jails = value == "jail";
    if (file.is_jails) return {};
    const size_t colon = value.find(':');
    jr_owner owner = {0, 0};
    // The last number is not an id: chown(2) reads it as "unchanged".
    if (colon == std::string::npos || !read_number(value.substr(0, colon), 10, owner.uid) ||
        !read_number(value.substr(colon + 1), 10, owner.gid) || owner.uid == UINT32_MAX ||
        owner.gid == UINT32_MAX)
      return jailrun::input_error("'" + value +
                                  "' is not an owner: use UID:GID, or jail for the jail's user");
    return file.owner = owner, jailrun::Result<void>{};
  }
  return jailrun::input_error("'" + word +
                              "' is not one of way=, mode=, owner=; write a comma in a path as \\,");
}

}  // namespace file_option

inline jailrun::Result<FileOption> parse_file_option(std::string_view text) {
  JR_ASSIGN(const file_option::Parts parts, file_option::split(text));
  FileOption file;
  file.source = parts.source;
  if (!is_absolute(file.source)) return jailrun::input_error("'" + file.source + "' is not an absolute path");
  file.target = parts.target ? *parts.target : file.source.substr(file.source.rfind('/'));
  if (file.target == "/") return jailrun::input_error("'" + std::string(text) + "' names no file");
  if (!jailrun::is_clean_absolute(file.target))
    return jailrun::input_error("'" + file.target +
                                "' must be a path in the jail without empty, . or .. components");
  for (const std::string& word : parts.words) JR_TRY(file_option::apply(word, file));
  return file;
}

}  // namespace jailrun_stages
