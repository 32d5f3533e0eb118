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

// The directories that are searched for pipelines and for plugins, in this order. A site's own in
// /etc/jailrun come first, so that they can replace those that ship, which are below the prefix that the
// runner is installed in.
struct SearchPath {
  std::vector<std::string> pipelines;
  std::vector<std::string> plugins;
};
SearchPath default_search_path();

// A name with a slash is a path; any other is looked up in search.pipelines.
Result<std::string> find_pipeline(const std::string& name, const SearchPath& search);

// The chroot-base-dir of each installed pipeline. Loads no plugin.
std::vector<std::string> bases_of_pipelines(const SearchPath& search);

// Reads, loads and checks a pipeline. Every error is added to `findings`; nullptr where the file
// can't be read.
std::unique_ptr<Pipeline> load_pipeline(const std::string& name, const SearchPath& search, Trust& trust,
                                        Loader& loader, std::vector<Finding>& findings);

}  // namespace jailrun::core
