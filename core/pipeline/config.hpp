// SPDX-License-Identifier: Apache-2.0
// Pipeline files: a section in square brackets for each stage, in the order in which the stages run, with
// `key = value` below.
#pragma once

#include "core/base/printable.hpp"
#include "jailrun/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace jailrun::core {

// Something wrong with a pipeline: "default.conf:12: …".
struct Finding {
  std::string where;  // "FILE:LINE" or "FILE"
  std::string sentence;

  // One line, for people.
  std::string text() const { return printable(where + ": " + sentence); }
};

struct Setting {
  std::string key;
  std::string value;
  std::string where;  // "default.conf:12"
};

struct Section {
  std::string name;
  std::string where;
  std::vector<Setting> settings;

  // The last one with that key; nullptr: none.
  const Setting* find(std::string_view key) const;
};

struct Config {
  std::string file;
  Section runner;  // [jailrun]: settings of the runner itself
  std::vector<Section> stages;
};

// Parses a pipeline file's text. Every error is added to `findings`; what is correct is returned in any case.
Config parse_config(const std::string& file, std::string_view text, std::vector<Finding>& findings);

}  // namespace jailrun::core
