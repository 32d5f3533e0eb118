// SPDX-License-Identifier: Apache-2.0
// A pipeline, ready to be given options: its file read, its plugins loaded, its order checked.
#pragma once

#include "core/pipeline/config.hpp"
#include "core/plugin/description.hpp"
#include "core/plugin/loader.hpp"

#include <memory>
#include <string>
#include <vector>

namespace jailrun::core {

struct PipelineStage {
  const Section* section;
  const StageDescription* description;
  std::string plugin_path;
};

struct Pipeline {
  std::string path;
  Config config;
  std::vector<PipelineStage> stages;
};

// Where pipelines and plugins are looked for: beside the runner's own executable, then where a system keeps
// them.
struct SearchPath {
  std::vector<std::string> pipelines;
  std::vector<std::string> plugins;
};
SearchPath default_search_path();

// A name with a slash is a path, else it is looked up in the configured directories.
Result<std::string> find_pipeline(const std::string& name, const SearchPath& search);

// The chroot-base-dir that each installed pipeline names. Reads no plugin.
std::vector<std::string> bases_of_pipelines(const SearchPath& search);

// Reads, loads and checks. All that is wrong goes to `findings`; an empty result with findings is no pipeline
// to launch.
std::unique_ptr<Pipeline> load_pipeline(const std::string& name, const SearchPath& search, Trust& trust,
                                        Loader& loader, std::vector<Finding>& findings);

}  // namespace jailrun::core
