// SPDX-License-Identifier: Apache-2.0
// A program's interpreter and libraries, found as the dynamic loader finds them, without running anything.
#pragma once

#include "library_places.hpp"

#include <jailrun/paths.hpp>
#include <jailrun/plugin.h>
#include <jailrun/unique_fd.hpp>

#include <climits>
#include <cstdlib>
#include <functional>
#include <optional>
#include <set>

#include <sys/stat.h>

namespace jailrun_stages {

// One file for the jail: where the host has it, through no link, and where the loader
// in the jail looks for it.
struct ClosureMember {
  std::string source;
  std::string target;
  jr_owner owner;
};

class Closure {
 public:
  using PlacesOf = std::function<LibraryPlaces(const ElfFile&)>;
  explicit Closure(PlacesOf places_of = LibraryPlaces::of_host) : places_of_(std::move(places_of)) {}

  // What a program needs, itself excepted: its interpreter, and that interpreter's or its own libraries.
  // Nothing for a static program.
  jailrun::Result<void> add_program(const std::string& path) {
    JR_TRY(add_program(path, 0));
    return resolve();
  }

  // A library or program and what it needs: by absolute path, or a library by its name.
  jailrun::Result<void> add_file(const std::string& name) {
    if (name.find('/') == std::string::npos) {
      if (objects_.empty())
        return jailrun::input_error("the program is static: give a library by its absolute path");
      JR_TRY(add_needed(0, name));
      return resolve();
    }
    if (!jailrun::is_clean_absolute(name))
      return jailrun::input_error("'" + name + "' is not an absolute path without . and ..");
    const jailrun::UniqueFd file = open_file(name);
    if (!file) return jailrun::system_error(errno, name);
    jailrun::Result<ElfFile> elf = read_elf(file.get());
    if (!elf) return std::move(elf).error().within(name);
    JR_TRY(add_member(name, name));
    JR_TRY(add_object({name, directory_of(name), directory_of(name), std::move(elf).value(), kNone}));
    return resolve();
  }

  const std::vector<ClosureMember>& members() const { return members_; }

 private:
  static constexpr size_t kNone = SIZE_MAX;
  static constexpr size_t kMostFiles = 4096;

  struct Object {
    std::string path;
    std::string host_directory;  // what $ORIGIN is
    // The same in the jail. Empty for a program: its loader asks /proc, which a jail need not have.
    std::string jail_directory;
    ElfFile elf;
    size_t parent;  // who needed it first
  };
  struct Found {
    std::string path;
    std::string target;
    ElfFile elf;
  };

  static jailrun::UniqueFd open_file(const std::string& path) {
    return jailrun::UniqueFd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }
  static std::string directory_of(const std::string& path) {
    return path.substr(0, std::max<size_t>(path.rfind('/'), 1));
  }

  jailrun::Result<void> add_program(const std::string& path, int depth) {
    const jailrun::UniqueFd file = open_file(path);
    if (!file) return jailrun::system_error(errno, path);
    char begin[256];
    const ssize_t count = pread(file.get(), begin, sizeof begin, 0);
    if (count < 0) return jailrun::system_error(errno, path);
    const std::string_view head(begin, static_cast<size_t>(count));
    if (head.substr(0, 2) == "#!") return add_script(path, head, depth);
    if (!begins_as_elf(head))
      return jailrun::input_error(path +
                                  " is neither an ELF program nor a script: it is not known what it needs");
    jailrun::Result<ElfFile> elf = read_elf(file.get());
    if (!elf) return std::move(elf).error().within(path);
    if (elf.value().interpreter.empty()) return {};
    return add_object({path, directory_of(path), "", std::move(elf).value(), kNone});
  }

  // "#!/bin/sh -e": the kernel starts that program in the jail, by this path.
  jailrun::Result<void> add_script(const std::string& path, std::string_view head, int depth) {
    constexpr int kDeepest = 4;  // as the kernel
    head.remove_prefix(2);
    head = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(head.find_first_not_of(" \t"), head.size()));
    const std::string interpreter(head.substr(0, head.find_first_of(" \t")));
    if (depth == kDeepest || !jailrun::is_clean_absolute(interpreter))
      return jailrun::input_error(path +
                                  " is a script without an interpreter that could be put into the jail");
    if (interpreter.substr(interpreter.rfind('/')) == "/env")
      return jailrun::input_error(path + " is a script that lets " + interpreter +
                                  " look for its interpreter: name the interpreter in its first line");
    JR_TRY(add_member(interpreter, interpreter));
    return add_program(interpreter, depth + 1);
  }

  jailrun::Result<void> add_member(const std::string& path, const std::string& target) {
    for (const ClosureMember& other : members_)
      if (other.target == target) return {};
    if (members_.size() == kMostFiles) return jailrun::input_error("it needs more than 4096 files");
    char resolved[PATH_MAX];
    struct stat now {};
    if (realpath(path.c_str(), resolved) == nullptr || stat(resolved, &now) != 0)
      return jailrun::system_error(errno, path);
    if (!S_ISREG(now.st_mode)) return jailrun::input_error(path + " is not a regular file");
    members_.push_back({resolved, target, {now.st_uid, now.st_gid}});
    return {};
  }

  jailrun::Result<void> add_object(Object object) {
    if (!places_) places_ = places_of_(object.elf);
    if (!object.elf.soname.empty()) loaded_.insert(object.elf.soname);
    const std::string interpreter = object.elf.interpreter;
    objects_.push_back(std::move(object));
    if (!interpreter.empty()) JR_TRY(add_interpreter(interpreter));
    return {};
  }

  // The loader itself. Libraries need it by its name too; it is loaded already then.
  jailrun::Result<void> add_interpreter(const std::string& path) {
    const Object& program = objects_.back();
    if (!jailrun::is_clean_absolute(path))
      return jailrun::input_error(program.path + ": its interpreter " + path +
                                  " is not an absolute path without . and ..");
    const jailrun::UniqueFd file = open_file(path);
    if (!file) return jailrun::system_error(errno, path + ", the interpreter of " + program.path);
    jailrun::Result<ElfFile> elf = read_elf(file.get());
    if (!elf) return std::move(elf).error().within(path);
    if (!elf.value().is_for_same_machine(program.elf))
      return jailrun::input_error(path + " is for another machine than " + program.path);
    loaded_.insert(elf.value().soname);
    // musl's loader is also its libc, under each of these names.
    if (path.compare(0, 13, "/lib/ld-musl-") == 0)
      for (const char* name : {"libc.so", "libpthread.so", "libm.so", "libdl.so", "librt.so"})
        loaded_.insert(name);
    if (path.compare(0, 13, "/lib/ld-musl-") == 0) places_->built_in = {"/lib", "/usr/local/lib", "/usr/lib"};
    return add_member(path, path);
  }

  // Breadth first, as the loader goes: who asks first for a name decides which file it is.
  jailrun::Result<void> resolve() {
    for (; next_ < objects_.size(); ++next_) {
      const std::vector<std::string> needed = objects_[next_].elf.needed;
      for (const std::string& name : needed) JR_TRY(add_needed(next_, name));
    }
    return {};
  }

  jailrun::Result<void> add_needed(size_t who, const std::string& name) {
    if (!loaded_.insert(name).second) return {};
    JR_ASSIGN(std::optional<Found> found, find(objects_[who], name));
    if (!found) return jailrun::system_error(ENOENT, name + ", which " + objects_[who].path + " needs");
    JR_TRY(add_member(found->path, found->target));
    return add_object(
        {found->path, directory_of(found->path), directory_of(found->target), std::move(found->elf), who});
  }

  jailrun::Result<std::optional<Found>> find(const Object& object, const std::string& name) {
    if (name.find('/') != std::string::npos) {
      if (!jailrun::is_clean_absolute(name))
        return jailrun::input_error(object.path + " needs '" + name +
                                    "', which is not an absolute path without . and ..");
      return try_path(object, name, name);
    }
    JR_ASSIGN(std::optional<Found> found, find_in_own_paths(object, name));
    if (found) return found;
    for (const std::string& path : places_->cache.find(name)) {
      JR_ASSIGN(found, try_path(object, path, in_reach(directory_of(path), object.elf) + "/" + name));
      if (found) return found;
    }
    for (const auto* directories : {&places_->configured, &places_->built_in})
      for (const std::string& directory : *directories) {
        JR_ASSIGN(found,
                  try_path(object, directory + "/" + name, in_reach(directory, object.elf) + "/" + name));
        if (found) return found;
      }
    return found;
  }

  // DT_RUNPATH is the object's alone; DT_RPATH, where there is none, holds for what it needs as well.
  jailrun::Result<std::optional<Found>> find_in_own_paths(const Object& object, const std::string& name) {
    if (!object.elf.runpath.empty()) return find_in(object, object.elf.runpath, object, name);
    for (const Object* one = &object;; one = &objects_[one->parent]) {
      if (one->elf.runpath.empty()) {
        JR_ASSIGN(std::optional<Found> found, find_in(*one, one->elf.rpath, object, name));
        if (found) return found;
      }
      if (one->parent == kNone) return std::optional<Found>();
    }
  }

  // `list`: directories separated by colons, from `origin`'s headers.
  jailrun::Result<std::optional<Found>> find_in(const Object& origin, std::string_view list,
                                                const Object& object, const std::string& name) {
    while (!list.empty()) {
      const std::string_view element = list.substr(0, list.find(':'));
      list.remove_prefix(std::min(list.size(), element.size() + 1));
      const std::string directory = expanded(element, origin.host_directory);
      if (directory.empty() || directory.front() != '/') continue;  // of the working directory
      const std::string inside = expanded(element, origin.jail_directory);
      const std::string target = jailrun::is_clean_absolute(inside) ? inside : home(object.elf);
      JR_ASSIGN(std::optional<Found> found, try_path(object, directory + "/" + name, target + "/" + name));
      if (found) return found;
    }
    return std::optional<Found>();
  }

  // Empty if it contains what is not known here: $LIB, $PLATFORM, or the origin of a program in its jail.
  static std::string expanded(std::string_view element, const std::string& origin) {
    std::string path;
    while (!element.empty()) {
      const size_t length = element.substr(0, 7) == "$ORIGIN"     ? 7
                            : element.substr(0, 9) == "${ORIGIN}" ? 9
                                                                  : 0;
      if (length > 0 && origin.empty()) return {};
      if (length == 0 && element.front() == '$') return {};
      path += length > 0 ? std::string_view(origin) : element.substr(0, 1);
      element.remove_prefix(std::max<size_t>(length, 1));
    }
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  }

  // The loader skips a file for another machine, and fails at a broken one; so does this.
  jailrun::Result<std::optional<Found>> try_path(const Object& object, const std::string& path,
                                                 const std::string& target) {
    const jailrun::UniqueFd file = open_file(path);
    struct stat now {};
    if (!file || fstat(file.get(), &now) != 0 || !S_ISREG(now.st_mode)) return std::optional<Found>();
    jailrun::Result<ElfFile> elf = read_elf(file.get());
    if (!elf) return std::move(elf).error().within(path + ", which " + object.path + " needs");
    if (!elf.value().is_for_same_machine(object.elf)) return std::optional<Found>();
    return std::optional<Found>(Found{path, target, std::move(elf).value()});
  }

  // In the jail there is no cache: a library that the host finds by it alone goes where every loader looks.
  std::string in_reach(const std::string& directory, const ElfFile& elf) {
    for (const std::string& one : places_->built_in)
      if (one == directory) return directory;
    return home(elf);
  }

  // The built-in directory in which the host has its libc: not every loader has each of those built in.
  const std::string& home(const ElfFile& elf) {
    if (!home_.empty()) return home_;
    home_ = places_->built_in.front();
    for (const std::string& directory : places_->built_in) {
      const jailrun::UniqueFd file = open_file(directory + "/libc.so.6");
      if (!file) continue;
      const jailrun::Result<ElfFile> libc = read_elf(file.get());
      if (!libc || !libc.value().is_for_same_machine(elf)) continue;
      home_ = directory;
      break;
    }
    return home_;
  }

  PlacesOf places_of_;
  std::optional<LibraryPlaces> places_;
  std::vector<Object> objects_;
  size_t next_ = 0;
  std::set<std::string> loaded_;
  std::vector<ClosureMember> members_;
  std::string home_;
};

}  // namespace jailrun_stages
