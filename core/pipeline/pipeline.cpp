// SPDX-License-Identifier: Apache-2.0
#include "core/pipeline/pipeline.hpp"

#include "core/base/message.hpp"
#include "core/base/prefix.hpp"
#include "core/pipeline/order.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/paths.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

// A pipeline is some kilobytes; a larger file was named by mistake.
constexpr size_t kLargestFile = 1024UL * 1024;

Result<std::string> read_file(int fd, const struct stat& now, const std::string& path) {
  if (static_cast<size_t>(now.st_size) > kLargestFile)
    return input_error(path + " is larger than the 1 MiB that a pipeline file may have");
  std::string text(static_cast<size_t>(now.st_size), '\0');
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t count = pread(fd, text.data() + at, text.size() - at, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read " + path);
    if (count == 0) break;
    at += static_cast<size_t>(count);
  }
  text.resize(at);
  return text;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// A strict run watches what is called as a plugin.
bool wants_every_file(const Section& runner) {
  const Setting* const twins = runner.find("twins");
  const Setting* const strict = runner.find("strict");
  return (twins != nullptr && twins->value == "no") || (strict != nullptr && strict->value != "no");
}

// The stage that a section names, from the file that it gives or else from the plugin directories.
Result<PipelineStage> load_stage(const Section& section, Loader& loader) {
  const Setting* given = section.find("plugin");
  if (given != nullptr && given->value.compare(0, 1, "/") != 0)
    return input_error("plugin = '" + given->value + "' is not an absolute path");
  JR_ASSIGN(const Plugin* const plugin,
            given == nullptr ? loader.load_by_name(section.name) : loader.load(given->value));
  const auto same = [&](const StageDescription& one) { return one.id == section.name; };
  const auto stage = std::find_if(plugin->stages.begin(), plugin->stages.end(), same);
  if (stage == plugin->stages.end()) {
    std::string ids;
    for (const StageDescription& one : plugin->stages) ids.append(ids.empty() ? "" : ", ").append(one.id);
    return input_error("plugin " + plugin->path + " has no stage '" + section.name + "'; it has " + ids);
  }
  return PipelineStage{&section, &*stage, plugin->path};
}

}  // namespace

SearchPath default_search_path() {
  SearchPath search = {{"/etc/jailrun/pipelines"}, {"/etc/jailrun/plugins"}};
  if (const Result<std::string> prefix = installed_prefix()) {
    search.pipelines.push_back(prefix.value() + "/share/jailrun/pipelines");
    search.plugins.push_back(prefix.value() + "/lib/jailrun/plugins");
  }
  return search;
}

Result<std::string> find_pipeline(const std::string& name, const SearchPath& search) {
  if (name.find('/') != std::string::npos) {
    char cwd[PATH_MAX];
    // Absolute, as the ledger names it to readers with other working directories.
    return name.front() == '/' || getcwd(cwd, sizeof cwd) == nullptr ? name : std::string(cwd) + "/" + name;
  }
  std::string searched;
  for (const std::string& directory : search.pipelines) {
    std::string path = directory + "/" + name;
    if (!name.empty() && access(path.c_str(), F_OK) == 0) return path;
    searched.append(searched.empty() ? "" : ", ").append(directory);
  }
  if (Result<std::string> prefix = installed_prefix(); !prefix)
    return std::move(prefix).error().within("there is no pipeline '" + name + "' in " + searched +
                                            ", and jailrun's own directory is not known: is /proc mounted?");
  return input_error("there is no pipeline '" + name + "' in " + searched + "; a path needs a slash: ./" +
                     name);
}

std::vector<std::string> bases_of_pipelines(const SearchPath& search) {
  std::vector<std::string> bases;
  for (const std::string& directory : search.pipelines) {
    for (const std::string& name : sys::list_directory(directory)) {
      const Result<std::string> text = sys::read_small(directory + "/" + name, kLargestFile);
      std::vector<Finding> ignored;
      if (!text) continue;
      for (const Section& section : parse_config(name, text.value(), ignored).stages)
        if (const Setting* base = section.find("chroot-base-dir")) bases.push_back(base->value);
    }
  }
  return bases;
}

std::unique_ptr<Pipeline> load_pipeline(const std::string& name, const SearchPath& search, Trust& trust,
                                        Loader& loader, std::vector<Finding>& findings) {
  auto pipeline = std::make_unique<Pipeline>();
  const auto fault = [&](const Error& error) { findings.push_back({"--pipeline " + name, message(error)}); };

  Result<std::string> path = find_pipeline(name, search);
  if (!path) return fault(path.error()), nullptr;
  pipeline->path = path.value();
  struct stat now {};
  const Result<int> fd = trust.open_file(pipeline->path, &now);
  if (!fd) return fault(fd.error()), nullptr;
  const Result<std::string> text = read_file(fd.value(), now, pipeline->path);
  if (!text) return fault(text.error()), nullptr;

  pipeline->config = parse_config(file_name(pipeline->path), text.value(), findings);
  if (wants_every_file(pipeline->config.runner)) loader.use_no_twins();
  std::vector<OrderedStage> order;
  bool all_loaded = true;
  for (const Section& section : pipeline->config.stages) {
    Result<PipelineStage> stage = load_stage(section, loader);
    if (!stage) {
      findings.push_back({section.where, message(stage.error())});
      all_loaded = false;
      continue;
    }
    order.push_back({section.where, stage.value().description});
    pipeline->stages.push_back(std::move(stage).value());
  }
  // With stages missing, the order check would only report that they are.
  if (all_loaded && !order.empty()) check_order(pipeline->config.file, order, findings);
  return pipeline;
}

}  // namespace jailrun::core
