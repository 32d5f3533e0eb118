// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loader.hpp"

#include "core/plugin/twin.hpp"
#include "core/sys/directories.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>

#include <unistd.h>

namespace jailrun::core {

Loader::Loader(Trust& trust, const std::vector<std::string>& directories) : trust_(trust) {
  for (const std::string& directory : directories) searched_.push_back({directory, std::nullopt});
}

std::vector<std::string> Loader::installed() const {
  constexpr std::string_view kSuffix = ".so";
  std::set<std::string> names;
  for (const Directory& directory : searched_)
    for (const std::string& file : sys::list_directory(directory.path))
      if (file.size() > kSuffix.size() &&
          file.compare(file.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0)
        names.insert(file.substr(0, file.size() - kSuffix.size()));
  return {names.begin(), names.end()};
}

std::vector<std::string> Loader::directories() const {
  std::vector<std::string> there;
  for (const Directory& directory : searched_)
    if (access(directory.path.c_str(), F_OK) == 0) there.push_back(directory.path);
  return there;
}

// Lists the directory: looking for each stage's own file would be a system call for each stage and directory.
bool Loader::holds(Directory& directory, const std::string& file) const {
  if (!directory.files) directory.files = sys::list_directory(directory.path);
  return std::find(directory.files->begin(), directory.files->end(), file) != directory.files->end();
}

Result<const Plugin*> Loader::load_by_name(const std::string& stage) {
  std::string searched;
  for (Directory& directory : searched_) {
    // The last one has the stages that ship, and so nearly all that are asked for. Listing it would take longer
    // than opening all of a pipeline's files.
    const bool is_last = &directory == &searched_.back();
    if (!is_last && !holds(directory, stage + ".so")) continue;
    Result<const Plugin*> loaded = load_installed(stage, directory.path + "/" + stage + ".so");
    const bool is_missing = !loaded && loaded.error().error_number == ENOENT;
    if (!is_missing || !is_last || holds(directory, stage + ".so")) return loaded;
  }
  for (const std::string& directory : directories())
    searched.append(searched.empty() ? " in " : ", ").append(directory);
  return input_error("there is no stage '" + stage + "': no " + stage + ".so" + searched);
}

Result<const Plugin*> Loader::load_installed(const std::string& stage, const std::string& path) {
  const std::span<const Twin> twins = may_use_twins_ ? linked_twins() : std::span<const Twin>();
  const auto twin =
      std::find_if(twins.begin(), twins.end(), [&](const Twin& one) { return one.stage == stage; });
  if (twin == twins.end()) return load(path);
  if (const Plugin* const known = find(path, true)) return known;
  // Opened and judged as if it were loaded: what may not be loaded may not be stood for, either.
  JR_ASSIGN(const int fd, trust_.open_file(path));
  const std::optional<LinkId> link = read_link_id(fd);  // one read
  if (!link || *link != twin->file) return load_open(fd, path);
  JR_ASSIGN(StageDescription description, describe_stage(twin->descriptor));
  std::vector<StageDescription> stages;
  stages.push_back(std::move(description));
  return add({path, std::move(stages), true});
}

Result<const Plugin*> Loader::load(const std::string& path) {
  if (const Plugin* const known = find(path, false)) return known;
  JR_ASSIGN(const int fd, trust_.open_file(path));
  return load_open(fd, path);
}

Result<const Plugin*> Loader::load_open(int fd, const std::string& path) {
  if (const Plugin* const known = find(path, false)) return known;
  JR_ASSIGN(const jr_plugin* const plugin, load_object(fd, path));
  Result<std::vector<StageDescription>> stages = describe_plugin(*plugin);
  if (!stages) return std::move(stages).error().within("plugin " + path);
  return add({path, std::move(stages).value(), false});
}

const Plugin* Loader::find(const std::string& path, bool is_linked_in) const {
  for (const auto& known : plugins_)
    if (known->path == path && known->is_linked_in == is_linked_in) return known.get();
  return nullptr;
}

const Plugin* Loader::add(Plugin plugin) {
  plugins_.push_back(std::make_unique<Plugin>(std::move(plugin)));
  return plugins_.back().get();
}

}  // namespace jailrun::core
