// SPDX-License-Identifier: Apache-2.0
#include "core/host/state_directory.hpp"

#include <cstdint>

#include <sys/stat.h>

namespace jailrun::core {

// FNV-1a, 64 bits.
std::string hash_of(const std::string& path) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char byte : path) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  std::string name;
  for (int shift = 60; shift >= 0; shift -= 4) name += "0123456789abcdef"[hash >> shift & 15];
  return name;
}

void make_state_directory(const char* directory) {
  mkdir(kStateDirectory, 0755);
  mkdir(directory, 0755);
}

}  // namespace jailrun::core
