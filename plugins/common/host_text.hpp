// SPDX-License-Identifier: Apache-2.0
// The text of small host files, most of them in /proc and /sys.
#pragma once

#include <jailrun/result.hpp>
#include <jailrun/unique_fd.hpp>

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun_stages {

// The complete content; EFBIG if that is more than `limit` bytes.
inline jailrun::Result<std::string> read_file(const std::string& path, size_t limit) {
  const jailrun::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return jailrun::system_error(errno, path);
  std::string text;
  char part[4096];
  ssize_t size = 0;
  while (text.size() <= limit && (size = read(file.get(), part, sizeof part)) > 0)
    text.append(part, static_cast<size_t>(size));
  if (size < 0) return jailrun::system_error(errno, path);
  if (text.size() > limit) return jailrun::system_error(EFBIG, path);
  return text;
}

// The first line, up to 4096 bytes of it and without its newline, by one read; empty if it can't be read.
inline std::string first_line(const std::string& path) {
  const jailrun::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  char text[4096];
  const ssize_t size = read(file.get(), text, sizeof text);
  const std::string line(text, size > 0 ? static_cast<size_t>(size) : 0);
  return line.substr(0, line.find('\n'));
}

}  // namespace jailrun_stages
