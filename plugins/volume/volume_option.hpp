// SPDX-License-Identifier: Apache-2.0
// The text of one --volume option: NAME=BASE[,WORDS].
#pragma once

#include "../common/option_values.hpp"
#include "../common/paths.hpp"
#include "job.hpp"
#include "sizes.hpp"

#include <jailrun/paths.hpp>
#include <jailrun/result.hpp>

#include <string>

namespace volume {

// "disk.ext4" and "/disk.ext4" both mean the second.
inline std::string as_target(const std::string& name) {
  return jailrun_stages::is_absolute(name) ? name : "/" + name;
}

inline jailrun::Result<void> check_target(const std::string& name) {
  const std::string target = as_target(name);
  if (!jailrun::is_clean_absolute(target))
    return jailrun::input_error("'" + name + "' is not a path inside the jail's root");
  constexpr size_t kLongest = 255;  // NAME_MAX
  if (directory_name(target).size() > kLongest)
    return jailrun::input_error("'" + name + "' is too long for a volume's name");
  return {};
}

inline jailrun::Result<bool> parse_yes(const std::string& text) {
  if (text != "yes" && text != "no") return jailrun::input_error("'" + text + "' is neither yes nor no");
  return text == "yes";
}

inline jailrun::Result<Method> parse_method(const std::string& text) {
  Method method = Method::kAuto;
  if (!find_method(text, method))
    return jailrun::input_error("'" + text + "' is not one of auto, reflink, snapshot, copy");
  return method;
}

inline jailrun::Result<void> apply_word(const std::string& word, Job& job) {
  const size_t equals = word.find('=');
  const std::string key = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (key == "size") {
    JR_ASSIGN(job.size, parse_size(value));
  } else if (key == "way") {
    JR_ASSIGN(job.method, parse_method(value));
  } else if (key == "keep") {
    JR_ASSIGN(job.keep, parse_yes(value));
  } else {
    return jailrun::input_error("'" + word + "' is not one of size=SIZE, way=METHOD, keep=yes, keep=no");
  }
  return {};
}

// "NAME=BASE[,WORDS]", into a job that has the defaults of the options for all volumes.
inline jailrun::Result<void> parse(const std::string& text, Job& job) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return jailrun::input_error("'" + text + "' is not NAME=BASE[,WORDS]");
  const size_t comma = text.find(',', equals);
  const std::string name = text.substr(0, equals);
  JR_TRY(check_target(name));
  job.target = as_target(name);
  job.base = text.substr(equals + 1, comma == std::string::npos ? comma : comma - equals - 1);
  if (!jailrun_stages::is_absolute(job.base))
    return jailrun::input_error("'" + job.base + "' is not an absolute path");
  if (comma != std::string::npos)
    for (const std::string& word : jailrun_stages::split_at_commas(std::string_view(text).substr(comma + 1)))
      JR_TRY(apply_word(word, job));
  return {};
}

}  // namespace volume
