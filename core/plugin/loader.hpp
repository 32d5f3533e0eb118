// SPDX-License-Identifier: Apache-2.0
// Plugins: found by stage name, seen to be trusted, loaded by descriptor, never unloaded. The only file that
// loads code.
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
};

// What a file exports that a Trust has opened. Runs the file's constructors; its descriptor stays open.
Result<const jr_plugin*> load_object(int fd, const std::string& path);

class Loader {
 public:
  // `directories` are searched in this order for NAME.so, then for a standard.so that carries the stage.
  Loader(Trust& trust, const std::vector<std::string>& directories);

  // The plugin in this file. A file is loaded once however often it is asked for.
  Result<const Plugin*> load(const std::string& path);

  // The plugin for a stage that no pipeline gives a file for: the first directory's that has one.
  Result<const Plugin*> load_by_name(const std::string& stage);

  // The names of all plugins in these directories, sorted: those of shipped stages, and "standard".
  std::vector<std::string> installed() const;

  // Those of the directories that exist.
  std::vector<std::string> directories() const;

 private:
  // A directory, with what it holds once that was asked for.
  struct Directory {
    std::string path;
    std::optional<std::vector<std::string>> files;
  };
  bool holds(Directory& directory, const std::string& file) const;

  Trust& trust_;
  std::vector<Directory> searched_;
  std::vector<std::unique_ptr<Plugin>> plugins_;
};

}  // namespace jailrun::core
