// SPDX-License-Identifier: Apache-2.0
// What a plugin is checked for.
#pragma once

#include "core/cli/checker/trial.hpp"
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
  Settings options;  // what the stages need beyond what can be guessed
  Settings facts;
};

struct Check {
  std::string stage;  // empty: of the whole file
  std::string name;   // "no-text-relocations"
  std::string promise;
  Trial trial;
};

// Of the file as the dynamic loader sees it. None of them loads it.
std::vector<Check> file_checks(const Subject& subject);
// Of what it exports: loading it, its descriptors.
std::vector<Check> descriptor_checks(const Subject& subject);
// Of a stage's functions.
std::vector<Check> stage_checks(const Subject& subject, const std::string& stage);

// For a trial of its own: "stage ID" and "option NAME" a line, of all stages.
Outcome list_contents(const Subject& subject);

// The stage in this process.
Result<const jr_stage_descriptor*> load_stage(const Subject& subject, const std::string& id);

// Options by name and a stage, for its checks.
std::vector<std::string> option_names(const jr_stage_descriptor& stage);

}  // namespace jailrun::core::cli::checker
