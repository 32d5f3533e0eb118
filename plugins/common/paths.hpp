// SPDX-License-Identifier: Apache-2.0
// Host paths as stages check them.
#pragma once

#include <jailrun/result.hpp>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>

#include <sys/stat.h>

namespace jailrun_stages {

inline bool is_absolute(const std::string& path) { return path.compare(0, 1, "/") == 0; }

// True for a directory itself, and for what is below it.
inline bool is_within(const std::string& path, const std::string& directory) {
  const std::string begin = directory == "/" ? directory : directory + "/";
  return path == directory || path.compare(0, begin.size(), begin) == 0;
}

// The directory's own path, through no symbolic link.
inline jailrun::Result<std::string> real_directory(const std::string& given) {
  char resolved[PATH_MAX];
  struct stat now {};
  if (realpath(given.c_str(), resolved) == nullptr || stat(resolved, &now) != 0)
    return jailrun::system_error(errno, given);
  if (!S_ISDIR(now.st_mode)) return jailrun::input_error(given + " is not a directory");
  return std::string(resolved);
}

}  // namespace jailrun_stages
