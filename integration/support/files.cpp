// SPDX-License-Identifier: Apache-2.0
#include "integration/support/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::integration {
namespace {

[[noreturn]] void give_up(const std::string& what, const std::string& path) {
  throw std::runtime_error(what + " " + path + ": " + std::strerror(errno));
}

const char* type_word(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "link";
    case S_IFCHR: return "char";
    case S_IFBLK: return "block";
    case S_IFIFO: return "fifo";
    default: return "socket";
  }
}

}  // namespace

std::string read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) give_up("open", path);
  std::string text;
  char chunk[65536];
  ssize_t count = 0;
  while ((count = read(fd, chunk, sizeof chunk)) > 0) text.append(chunk, static_cast<size_t>(count));
  const int error_number = errno;
  close(fd);
  errno = error_number;
  if (count < 0) give_up("read", path);
  return text;
}

std::string content_hash(const std::string& path) {
  constexpr size_t kBlock = 4096;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) give_up("open", path);
  const std::string zeroes(kBlock, '\0');
  std::string block(kBlock, '\0');
  size_t sum = 0;
  off_t at = 0;
  ssize_t count = 0;
  while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && (count = pread(fd, block.data(), kBlock, at)) > 0) {
    const std::string_view held(block.data(), static_cast<size_t>(count));
    // Zeroes count as a hole does: which of them it is, is the file system's affair.
    if (held != std::string_view(zeroes.data(), held.size()))
      sum += std::hash<std::string_view>{}(held) * (static_cast<size_t>(at) * 2 + 1);
    at += count;
  }
  const int error_number = errno;
  close(fd);
  errno = error_number;
  if (count < 0 || (at < 0 && error_number != ENXIO)) give_up("read", path);
  return std::to_string(sum);
}

void write_file(const std::string& path, const std::string& content) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) give_up("open", path);
  const ssize_t count = write(fd, content.data(), content.size());
  const int error_number = errno;
  close(fd);
  errno = error_number;
  if (count != static_cast<ssize_t>(content.size())) give_up("write", path);
}

bool exists(const std::string& path) {
  struct stat there {};
  return lstat(path.c_str(), &there) == 0;
}

struct stat status_of(const std::string& path) {
  struct stat there {};
  if (lstat(path.c_str(), &there) != 0) give_up("stat", path);
  return there;
}

std::string describe(const struct stat& there) {
  char text[80];
  std::snprintf(text, sizeof text, "%s %04o %u:%u", type_word(there.st_mode), there.st_mode & 07777U,
                there.st_uid, there.st_gid);
  return text;
}

std::string describe(const std::string& path) { return describe(status_of(path)); }

std::string list(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : " ").append(name);
  return text;
}

}  // namespace jailrun::integration
