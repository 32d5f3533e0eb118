// SPDX-License-Identifier: Apache-2.0
// The checks of a plugin.
#pragma once

#include "core/cli/checker/isolated_check.hpp"
#include "jailrun/plugin.h"
#include "jailrun/result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace jailrun::core::cli::checker {

using Settings = std::vector<std::pair<std::string, std::string>>;

// The plugin's file, open and trusted: every check loads this one, whatever the path names by then.
struct Subject {
  int fd = -1;
  std::string path;
  Settings options;  // what the stages need beyond sample values
  Settings facts;
};

struct Check {
  std::string stage;  // empty: the whole file
  std::string name;   // "no-text-relocations"
  std::string promise;
  IsolatedCheck run;
};

// Of the file as the dynamic loader sees it; it is not loaded.
std::vector<Check> file_checks(const Subject& subject);
// Of loading it, and of the descriptors that it exports.
std::vector<Check> descriptor_checks(const Subject& subject);
// Of a stage's functions.
std::vector<Check> stage_checks(const Subject& subject, const std::string& stage);

// For a child process: "stage ID" and "option NAME" a line, for all stages.
Outcome list_contents(const Subject& subject);

// Loads the stage into this process.
Result<const jr_stage_descriptor*> load_stage(const Subject& subject, const std::string& id);

// The names of a stage's options.
std::vector<std::string> option_names(const jr_stage_descriptor& stage);

}  // namespace jailrun::core::cli::checker
