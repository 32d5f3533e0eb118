// SPDX-License-Identifier: Apache-2.0
// What names the link that made a shared object: its build-id, and how much of it is loaded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace jailrun::core {

struct LinkId {
  std::array<uint8_t, 20> build_id{};  // of -Wl,--build-id=sha1
  uint64_t in_file = 0;                // bytes that the loadable segments have in the file
  uint64_t in_memory = 0;              // and in memory

  bool operator==(const LinkId& other) const = default;
};

// Of an open file, in one read of its beginning. Nothing where that does not hold a whole build-id of that
// kind: the file can be loaded all the same.
std::optional<LinkId> read_link_id(int fd);

}  // namespace jailrun::core
