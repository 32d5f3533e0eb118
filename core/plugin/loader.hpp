// SPDX-License-Identifier: Apache-2.0
// Plugins: found by the name of a stage, checked to be trusted, loaded by descriptor, never unloaded; or
// stood for by a twin (twin.hpp). Nothing else loads code.
#pragma once

#include "core/plugin/description.hpp"
#include "core/plugin/trust.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jailrun::core {

struct Plugin {
  std::string path;
  std::vector<StageDescription> stages;
  bool is_linked_in = false;  // the file's twin runs: nothing was loaded
};

// The plugin in a file that a Trust has opened. Runs the file's constructors; its descriptor stays open. In
// bin/jailrun, which can't load code, it makes the process another program and does not return.
Result<const jr_plugin*> load_object(int fd, const std::string& path);

class Loader {
 public:
  // `directories` are searched in this order, each for NAME.so.
  Loader(Trust& trust, const std::vector<std::string>& directories);

  // From now on no twin runs, and every stage is loaded.
  void use_no_twins() { may_use_twins_ = false; }

  // The plugin in this file, which is loaded only once.
  Result<const Plugin*> load(const std::string& path);

  // The plugin for a stage for which the pipeline names no file, from the first directory that has one.
  Result<const Plugin*> load_by_name(const std::string& stage);

  // The plugin in a file that was found by its stage's name: the stage's twin where it is that file's.
  Result<const Plugin*> load_installed(const std::string& stage, const std::string& path);

  // The names of all plugins in these directories, sorted: "devices" for devices.so.
  std::vector<std::string> installed() const;

  // Those of the directories that exist.
  std::vector<std::string> directories() const;

 private:
  // `files` once they were listed.
  struct Directory {
    std::string path;
    std::optional<std::vector<std::string>> files;
  };
  bool holds(Directory& directory, const std::string& file) const;
  Result<const Plugin*> load_open(int fd, const std::string& path);
  const Plugin* find(const std::string& path, bool is_linked_in) const;
  const Plugin* add(Plugin plugin);

  Trust& trust_;
  bool may_use_twins_ = true;
  std::vector<Directory> searched_;
  std::vector<std::unique_ptr<Plugin>> plugins_;
};

}  // namespace jailrun::core
