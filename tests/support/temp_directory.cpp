// SPDX-License-Identifier: Apache-2.0
#include "tests/support/temp_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace jailrun::tests {
namespace {

void demand(bool done, const std::string& what) {
  if (!done) throw std::runtime_error("can't " + what);
}

bool can_execute_in(const char* directory) {
  struct statvfs traits {};
  return statvfs(directory, &traits) == 0 && (traits.f_flag & (ST_NOEXEC | ST_RDONLY)) == 0 &&
         access(directory, W_OK) == 0;
}

}  // namespace

TempDirectory::TempDirectory() {
  for (const char* above : {"/tmp", "/var/tmp", "/dev/shm"}) {
    if (!can_execute_in(above)) continue;
    path_ = std::string(above) + "/jailrun-test-XXXXXX";
    demand(mkdtemp(path_.data()) != nullptr, "make a directory in " + std::string(above));
    demand(chmod(path_.c_str(), 0755) == 0, "chmod " + path_);
    return;
  }
  demand(false, "find a directory for temporary files that may be executed");
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDirectory::file(std::string_view name, std::string_view content, unsigned mode) const {
  std::string path = *this / name;
  std::ofstream(path, std::ios::binary) << content;
  demand(chmod(path.c_str(), mode) == 0, "chmod " + path);
  return path;
}

std::string TempDirectory::directory(std::string_view name, unsigned mode) const {
  std::string path = *this / name;
  demand(mkdir(path.c_str(), 0700) == 0 && chmod(path.c_str(), mode) == 0, "make " + path);
  return path;
}

std::string TempDirectory::link(std::string_view name, const std::string& target) const {
  std::string path = *this / name;
  demand(symlink(target.c_str(), path.c_str()) == 0, "link " + path);
  return path;
}

std::string TempDirectory::fifo(std::string_view name) const {
  std::string path = *this / name;
  demand(mkfifo(path.c_str(), 0600) == 0, "make the FIFO " + path);
  return path;
}

UniqueFd TempDirectory::open() const {
  return UniqueFd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool exists(const std::string& path) {
  struct stat now {};
  return lstat(path.c_str(), &now) == 0;
}

unsigned mode_of(const std::string& path) {
  struct stat now {};
  demand(lstat(path.c_str(), &now) == 0, "stat " + path);
  return now.st_mode & 07777;
}

}  // namespace jailrun::tests
