// SPDX-License-Identifier: Apache-2.0
#include "core/host/state_directory.hpp"

#include "core/base/text.hpp"

#include <array>
#include <cstdint>

#include <sys/stat.h>

namespace jailrun::core {

// FNV-1a, 64 bits.
std::string hash_of(const std::string& path) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char byte : path) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  std::array<uint8_t, 8> bytes = {};
  for (size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<uint8_t>(hash >> (56 - 8 * at));
  return hex(bytes.data(), bytes.size());
}

void make_state_directory(const char* directory) {
  mkdir(kStateDirectory, 0755);
  mkdir(directory, 0755);
}

}  // namespace jailrun::core
