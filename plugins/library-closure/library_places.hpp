// SPDX-License-Identifier: Apache-2.0 Where this host's dynamic loader looks for a library that is named
// without a path: in its cache, else in the directories of its configuration, and in those that are built
// into it. See ld.so(8) and ldconfig(8).
#pragma once

#include "../common/host_text.hpp"
#include "elf_file.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <glob.h>

namespace jailrun_stages {

// A file's content; empty if it can't be read or is larger than `limit`.
inline std::string content_of(const char* path, size_t limit) {
  jailrun::Result<std::string> content = read_file(path, limit);
  return content ? std::move(content).value() : std::string();
}

// The paths that ldconfig's cache has for a name; only those for every CPU of this architecture, without the
// glibc-hwcaps directories. No number in it is used before it is checked to lie within.
class LibraryCache {
 public:
  LibraryCache() = default;
  explicit LibraryCache(std::string bytes) : bytes_(std::move(bytes)) {
    // Old hosts have the older format in front of it, which no current loader reads.
    constexpr std::string_view kOlder = "ld.so-1.7.0";
    constexpr uint64_t kOlderEntry = 12;
    uint32_t count = 0;
    if (bytes_.compare(0, kOlder.size(), kOlder) == 0 && take(kOlder.size() + 1, count))
      start_ = (16 + uint64_t{count} * kOlderEntry + 7) / 8 * 8;
    constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";
    if (start_ > bytes_.size() || bytes_.compare(start_, kMagic.size(), kMagic) != 0 ||
        !take(start_ + kMagic.size(), count_))
      count_ = 0;
  }

  bool is_empty() const { return count_ == 0; }

  std::vector<std::string> find(std::string_view name) const {
    constexpr uint64_t kHeader = 48;
    constexpr uint64_t kEntry = 24;
    std::vector<std::string> paths;
    for (uint64_t i = 0; i < count_; ++i) {
      const uint64_t at = start_ + kHeader + i * kEntry;
      uint32_t key = 0;
      uint32_t value = 0;
      uint64_t hardware = 0;
      if (!take(at + 4, key) || !take(at + 8, value) || !take(at + 16, hardware)) break;
      if (hardware == 0 && text(key) == name) paths.emplace_back(text(value));
    }
    return paths;
  }

 private:
  template <class Number>
  bool take(uint64_t at, Number& number) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof number) return false;
    std::memcpy(&number, bytes_.data() + at, sizeof number);
    return true;
  }
  std::string_view text(uint32_t at) const {
    const uint64_t begin = start_ + at;
    if (begin >= bytes_.size()) return {};
    const size_t end = bytes_.find('\0', begin);
    if (end == std::string::npos) return {};
    return std::string_view(bytes_).substr(begin, end - begin);
  }

  std::string bytes_;
  uint64_t start_ = 0;
  uint32_t count_ = 0;
};

// The directories in a configuration file of ldconfig: one on each line,
// `include GLOB`, `#` begins a comment.
inline void read_library_configuration(const char* path, int depth, std::vector<std::string>& directories) {
  constexpr int kDeepest = 8;
  constexpr size_t kLargest = 1UL << 20;
  if (depth == kDeepest) return;
  const std::string content = content_of(path, kLargest);
  for (std::string_view rest = content; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    line = line.substr(0, line.find('#'));
    const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    line = line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
    constexpr std::string_view kInclude = "include ";
    if (line.compare(0, kInclude.size(), kInclude) == 0) {
      glob_t found{};
      if (glob(std::string(line.substr(kInclude.size())).c_str(), 0, nullptr, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; ++i)
          read_library_configuration(found.gl_pathv[i], depth + 1, directories);
      globfree(&found);
    } else if (!line.empty() && line.front() == '/') {
      directories.emplace_back(
          line.substr(0, line.find('=')));  // "=TYPE" is for a libc that no host has any more
    }
  }
}

// The directories that are built into loaders for this machine: Debian's, then the others'.
inline std::vector<std::string> built_in_directories(const ElfFile& program) {
  const char* triplet = nullptr;
  if (program.machine == EM_X86_64 && program.bits == ELFCLASS64) triplet = "x86_64-linux-gnu";
  if (program.machine == EM_AARCH64) triplet = "aarch64-linux-gnu";
  if (program.machine == EM_386) triplet = "i386-linux-gnu";
  if (program.machine == EM_ARM) triplet = "arm-linux-gnueabihf";
  std::vector<std::string> directories;
  if (triplet != nullptr)
    for (const char* above : {"/lib/", "/usr/lib/"}) directories.push_back(above + std::string(triplet));
  for (const char* one : {"/lib", "/usr/lib"}) {
    if (program.bits == ELFCLASS64) directories.push_back(one + std::string("64"));
    directories.emplace_back(one);
  }
  return directories;
}

struct LibraryPlaces {
  LibraryCache cache;
  std::vector<std::string> configured;  // used if there is no cache
  std::vector<std::string> built_in;

  static LibraryPlaces of_host(const ElfFile& program) {
    constexpr size_t kLargest = 64UL << 20;
    LibraryPlaces places;
    places.cache = LibraryCache(content_of("/etc/ld.so.cache", kLargest));
    if (places.cache.is_empty()) read_library_configuration("/etc/ld.so.conf", 0, places.configured);
    places.built_in = built_in_directories(program);
    return places;
  }
};

}  // namespace jailrun_stages
