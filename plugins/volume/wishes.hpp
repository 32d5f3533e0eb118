// SPDX-License-Identifier: Apache-2.0
// What an operator writes about a volume.
#pragma once

#include "job.hpp"
#include "sizes.hpp"

#include <jailrun/result.hpp>

#include <algorithm>
#include <string>

namespace volume {

// "disk.ext4" and "/disk.ext4" are one place, the second.
inline std::string as_target(const std::string& name) {
  return name.compare(0, 1, "/") == 0 ? name : "/" + name;
}

inline jailrun::Result<void> judge_target(const std::string& name) {
  const std::string target = as_target(name);
  for (size_t begin = 0; begin < target.size();) {
    const size_t end = std::min(target.find('/', begin + 1), target.size());
    const std::string part = target.substr(begin + 1, end - begin - 1);
    if (part.empty() || part == "." || part == "..")
      return jailrun::input_error("'" + name + "' is no place inside the jail's root");
    begin = end;
  }
  constexpr size_t kLongest = 255;  // NAME_MAX
  if (directory_name(target).size() > kLongest)
    return jailrun::input_error("'" + name + "' is too long for a volume's name");
  return {};
}

inline jailrun::Result<bool> parse_yes(const std::string& text) {
  if (text != "yes" && text != "no") return jailrun::input_error("'" + text + "' is neither yes nor no");
  return text == "yes";
}

inline jailrun::Result<Way> parse_way(const std::string& text) {
  Way way = Way::kAuto;
  if (!find_way(text, way))
    return jailrun::input_error("'" + text + "' is none of auto, reflink, snapshot, copy");
  return way;
}

inline jailrun::Result<void> apply_word(const std::string& word, Job& job) {
  const size_t equals = word.find('=');
  const std::string key = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (key == "size") {
    JR_ASSIGN(job.size, parse_size(value));
  } else if (key == "way") {
    JR_ASSIGN(job.way, parse_way(value));
  } else if (key == "keep") {
    JR_ASSIGN(job.keep, parse_yes(value));
  } else {
    return jailrun::input_error("'" + word + "' is none of size=SIZE, way=WAY, keep=yes, keep=no");
  }
  return {};
}

// "NAME=BASE[,WORDS]", into what the options for all say.
inline jailrun::Result<void> parse(const std::string& text, Job& job) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return jailrun::input_error("'" + text + "' is no NAME=BASE[,WORDS]");
  const size_t comma = text.find(',', equals);
  const std::string name = text.substr(0, equals);
  JR_TRY(judge_target(name));
  job.target = as_target(name);
  job.base = text.substr(equals + 1, comma == std::string::npos ? comma : comma - equals - 1);
  if (job.base.compare(0, 1, "/") != 0) return jailrun::input_error("'" + job.base + "' is no absolute path");
  for (size_t begin = comma; begin != std::string::npos;) {
    const size_t end = text.find(',', begin + 1);
    JR_TRY(apply_word(text.substr(begin + 1, end == std::string::npos ? end : end - begin - 1), job));
    begin = end;
  }
  return {};
}

}  // namespace volume
