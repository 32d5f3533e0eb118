// SPDX-License-Identifier: Apache-2.0
// Host paths as stages check them.
#pragma once

#include <jailrun/result.hpp>
#include <jailrun/unique_fd.hpp>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jailrun_stages {

inline bool is_absolute(const std::string& path) { return path.compare(0, 1, "/") == 0; }

// True for a directory itself, and for what is below it.
inline bool is_within(const std::string& path, const std::string& directory) {
  const std::string begin = directory == "/" ? directory : directory + "/";
  return path == directory || path.compare(0, begin.size(), begin) == 0;
}

// True for an absolute path that says the same once more when it is resolved, unless there are links in it.
inline bool is_plain(const std::string& path) {
  const std::string probe = path + "/";
  const auto has = [&](const char* part) { return probe.find(part) != std::string::npos; };
  return path.size() > 1 && is_absolute(path) && !has("//") && !has("/./") && !has("/../");
}

// The file's own path, through no symbolic link, and what it is; with errno where it can't be had. Most paths
// are their own: then three calls instead of one for each component and one.
inline jailrun::Result<std::string> real_path(const std::string& given, struct stat& now) {
  struct open_how how {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  if (is_plain(given) && given.size() < PATH_MAX) {
    const jailrun::UniqueFd file(
        static_cast<int>(syscall(SYS_openat2, AT_FDCWD, given.c_str(), &how, sizeof how)));
    if (file && fstat(file.get(), &now) == 0) return given;
  }
  char resolved[PATH_MAX];
  if (realpath(given.c_str(), resolved) == nullptr || stat(resolved, &now) != 0)
    return jailrun::system_error(errno, given);
  return std::string(resolved);
}

// The same for a directory.
inline jailrun::Result<std::string> real_directory(const std::string& given) {
  struct stat now {};
  JR_ASSIGN(std::string resolved, real_path(given, now));
  if (!S_ISDIR(now.st_mode)) return jailrun::input_error(given + " is not a directory");
  return resolved;
}

}  // namespace jailrun_stages
