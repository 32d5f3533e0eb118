// SPDX-License-Identifier: Apache-2.0
#include "integration/escapes/probe/probe.hpp"

#include <fcntl.h>

namespace escapes {
namespace {

// Reads its first kilobytes; -1 where it can't.
ssize_t read_begin(const std::string& path, std::string& text) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -1;
  text.resize(4096);
  const ssize_t length = read(fd, text.data(), text.size());
  const int error = errno;
  close(fd);
  errno = error;
  text.resize(length < 0 ? 0 : static_cast<size_t>(length));
  return length;
}

}  // namespace

Result read_something(const std::string& path) {
  std::string text;
  const ssize_t length = read_begin(path, text);
  return length == 0 ? blocked("it is empty") : by(length);
}

Result read_secret(const std::string& path) {
  std::string text;
  return read_begin(path, text) < 0 ? failed() : by_secret(text);
}

Result open_and_close(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed();
  close(fd);
  return reached();
}

std::string writable_directory() {
  for (const char* directory : {"/run", "/tmp", "/dev/shm", "/home", ""}) {
    const std::string file = std::string(directory) + "/.probe-" + std::to_string(getpid());
    const int fd = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) continue;
    close(fd);
    unlink(file.c_str());
    return *directory == '\0' ? "/." : directory;
  }
  return {};
}

}  // namespace escapes
