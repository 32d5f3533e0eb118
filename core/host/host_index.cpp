// SPDX-License-Identifier: Apache-2.0
#include "core/host/host_index.hpp"

#include "core/host/id_leases.hpp"
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

constexpr const char* kBases = "bases";  // links, each to a base
constexpr const char* kExited = "exited";

// Empty where the process has no state directory.
std::string own(const char* name) {
  const Result<std::string> directory = own_state_directory();
  return directory ? directory.value() + "/" + name : "";
}

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> files;
  if (directory.empty()) return files;
  for (const std::string& name : sys::list_directory(directory)) files.push_back(directory + "/" + name);
  std::sort(files.begin(), files.end());
  return files;
}

// The process's own, and root's, which everybody may read.
std::vector<std::string> files_to_read(const char* name) {
  std::vector<std::string> files = files_in(own(name));
  if (is_roots()) return files;
  for (std::string& file : files_in(std::string(kStateDirectory) + "/" + name))
    files.push_back(std::move(file));
  return files;
}

}  // namespace

void index_base(const std::string& base) {
  const std::string directory = own(kBases);
  if (directory.empty()) return;
  const std::string link = directory + "/" + hash_of(base);
  if (symlink(base.c_str(), link.c_str()) == 0 || errno != ENOENT) return;
  make_state_directory(kBases);
  (void)!symlink(base.c_str(), link.c_str());
}

std::vector<std::string> indexed_bases() {
  std::vector<std::string> bases;
  for (const std::string& file : files_to_read(kBases)) {
    char target[PATH_MAX];
    const ssize_t length = readlink(file.c_str(), target, sizeof target);
    if (length > 0) bases.emplace_back(target, static_cast<size_t>(length));
  }
  return bases;
}

std::string exit_file(const JailName& jail) {
  const std::string directory = own(kExited);
  return directory.empty() ? "" : directory + "/" + hash_of(jail.directory()) + ".json";
}

Result<std::string> make_exit_file(const JailName& jail) {
  JR_ASSIGN(const std::string state, own_state_directory());
  const std::string directory = state + "/" + kExited;
  const mode_t mode = is_roots() ? 0755 : 0700;
  mkdir(state.c_str(), mode);
  if (mkdir(directory.c_str(), mode) != 0 && errno != EEXIST) return system_error(errno, "make " + directory);
  return exit_file(jail);
}

std::vector<std::string> exit_files() { return files_to_read(kExited); }

std::vector<std::string> index_files() {
  std::vector<std::string> files = files_to_read(kBases);
  for (std::string& file : files_to_read(kExited)) files.push_back(std::move(file));
  for (std::string& file : template_files()) files.push_back(std::move(file));
  return files;
}

namespace {

// With the directory, and the one above it, where nothing else is left in them.
Result<void> remove_files(const std::vector<std::string>& files, const char* name) {
  JR_ASSIGN(const std::string state, own_state_directory());
  for (const std::string& file : files)
    if (unlink(file.c_str()) != 0 && errno != ENOENT) return system_error(errno, "remove " + file);
  for (const std::string& one : {state + "/" + name, state})
    if (rmdir(one.c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY)
      return system_error(errno, "remove " + one);
  return {};
}

}  // namespace

Result<void> remove_index() {
  std::vector<std::string> files = files_in(own(kBases));
  if (is_roots()) {
    JR_TRY(remove_templates());
    (void)rmdir(kIdLeases);  // where no jail has any
    for (std::string& file : template_files()) files.push_back(std::move(file));
  }
  return remove_files(files, kBases);
}

Result<void> remove_reports() { return remove_files(files_in(own(kExited)), kExited); }

}  // namespace jailrun::core
