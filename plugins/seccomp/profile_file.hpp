// SPDX-License-Identifier: Apache-2.0
// Where a profile's text is, and whether it may be used.
#pragma once

#include <jailrun/host_paths.hpp>
#include <jailrun/result.hpp>

#include <cerrno>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace jailrun_stages {

constexpr size_t kLargestProfile = 1024UL * 1024;

// A file that the profile names: a path, or a name below /etc/jailrun/seccomp.
inline jailrun::Result<std::string> profile_path(const std::string& profile) {
  if (profile.find('/') != std::string::npos) {
    if (profile.front() == '/') return profile;
    return jailrun::input_error("'" + profile + "' is not an absolute path");
  }
  const std::string folder = "/etc/jailrun/seccomp/";
  for (const char* ending : {".json", ".policy", ".bpf"})
    if (std::string path = folder + profile + ending; access(path.c_str(), F_OK) == 0) return path;
  return jailrun::input_error("'" + profile +
                              "' is neither docker, nor firecracker, nor the name of a profile in " + folder +
                              ", nor an absolute path");
}

// Whoever can write it could let every program call what it likes: as with pipelines.
inline jailrun::Result<std::string> read_profile_file(const std::string& path) {
  JR_ASSIGN(const jailrun::HostFile file, jailrun::open_host_source(path, jailrun::HostKind::kRegular));
  if (file.now.st_uid != 0 && file.now.st_uid != geteuid())
    return jailrun::input_error(path + " belongs to user " + std::to_string(file.now.st_uid) +
                                ", and must be root's");
  if ((file.now.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return jailrun::input_error(path + " can be written by others than its owner");
  std::string text(static_cast<size_t>(file.now.st_size), '\0');
  if (text.size() > kLargestProfile) return jailrun::system_error(EFBIG, path);
  const ssize_t size = pread(file.fd.get(), text.data(), text.size(), 0);
  if (size < 0) return jailrun::system_error(errno, path);
  text.resize(static_cast<size_t>(size));
  return text;
}

}  // namespace jailrun_stages
