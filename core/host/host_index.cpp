// SPDX-License-Identifier: Apache-2.0
#include "core/host/host_index.hpp"

#include "core/host/state_directory.hpp"
#include "core/host/template_namespace.hpp"
#include "core/sys/directories.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <functional>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

constexpr const char* kBases = "/run/jailrun/bases";  // links, each to a base
constexpr const char* kExited = "/run/jailrun/exited";

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> files;
  for (const std::string& name : sys::list_directory(directory)) files.push_back(directory + "/" + name);
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

void index_base(const std::string& base) {
  const std::string link = std::string(kBases) + "/" + hash_of(base);
  if (symlink(base.c_str(), link.c_str()) == 0 || errno != ENOENT) return;
  make_state_directory(kBases);
  (void)!symlink(base.c_str(), link.c_str());
}

std::vector<std::string> indexed_bases() {
  std::vector<std::string> bases;
  for (const std::string& file : files_in(kBases)) {
    char target[PATH_MAX];
    const ssize_t length = readlink(file.c_str(), target, sizeof target);
    if (length > 0) bases.emplace_back(target, static_cast<size_t>(length));
  }
  return bases;
}

std::string exit_file(const JailName& jail) {
  return std::string(kExited) + "/" + hash_of(jail.directory()) + ".json";
}

Result<std::string> make_exit_file(const JailName& jail) {
  mkdir(kStateDirectory, 0755);
  if (mkdir(kExited, 0755) != 0 && errno != EEXIST)
    return system_error(errno, std::string("make ") + kExited);
  return exit_file(jail);
}

std::vector<std::string> exit_files() { return files_in(kExited); }

std::vector<std::string> index_files() {
  std::vector<std::string> files = files_in(kBases);
  for (std::string& file : files_in(kExited)) files.push_back(std::move(file));
  for (std::string& file : template_files()) files.push_back(std::move(file));
  return files;
}

namespace {

// With the directory, and the one above it, where nothing else is left in them.
Result<void> remove_files(const std::vector<std::string>& files, const char* directory) {
  for (const std::string& file : files)
    if (unlink(file.c_str()) != 0 && errno != ENOENT) return system_error(errno, "remove " + file);
  for (const char* one : {directory, kStateDirectory})
    if (rmdir(one) != 0 && errno != ENOENT && errno != ENOTEMPTY)
      return system_error(errno, std::string("remove ") + one);
  return {};
}

}  // namespace

Result<void> remove_index() {
  JR_TRY(remove_templates());
  std::vector<std::string> files = files_in(kBases);
  for (std::string& file : template_files()) files.push_back(std::move(file));
  return remove_files(files, kBases);
}

Result<void> remove_reports() { return remove_files(exit_files(), kExited); }

}  // namespace jailrun::core
