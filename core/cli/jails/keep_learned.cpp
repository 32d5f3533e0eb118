// SPDX-License-Identifier: Apache-2.0
// What a supervisor has done when the program has ended whose calls were to be learned, with its descriptors
// of their table and of the profile's directory: `keep-learned TABLE DIRECTORY PATH`. Of no use otherwise,
// and so in no list.
#include "core/cli/commands.hpp"
#include "core/cli/output.hpp"
#include "core/host/learned_file.hpp"

#include <cerrno>
#include <charconv>
#include <memory>

#include <unistd.h>

namespace jailrun::core::cli {
namespace {

int to_descriptor(const std::string& word) {
  int fd = -1;
  std::from_chars(word.data(), word.data() + word.size(), fd);
  return fd;
}

}  // namespace

Result<int> keep_learned(const CommandLine& line) {
  if (line.before.size() != 3) return input_error("keep-learned is for jailrun's supervisor");
  const auto noted = std::make_unique<seccomp::NotedCalls>();
  if (pread(to_descriptor(line.before[0]), noted.get(), sizeof *noted, 0) !=
      static_cast<ssize_t>(sizeof *noted))
    return system_error(errno, "read what the program has called");
  const std::string& path = line.before[2];
  JR_ASSIGN(const size_t count, add_to_learned_file(to_descriptor(line.before[1]), path, *noted));
  // As the supervisor itself speaks: without a log of its own.
  const std::string told = "jailrun: " + path + " allows " + std::to_string(count) + " system calls\n";
  std::fwrite(told.data(), 1, told.size(), stderr);
  return 0;
}

}  // namespace jailrun::core::cli
