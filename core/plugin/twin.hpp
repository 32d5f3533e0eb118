// SPDX-License-Identifier: Apache-2.0
// The twins of the stages that ship: the same code as in their files, linked into the program. A twin runs
// in place of a file only where that file is the one that was linked with it.
#pragma once

#include "core/plugin/link_id.hpp"
#include "jailrun/plugin.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace jailrun::core {

struct Twin {
  std::string_view stage;  // its file is STAGE.so
  LinkId file;
  const jr_stage_descriptor* descriptor;
};

// Those that are linked into this program: none, until its main has said so.
std::span<const Twin> linked_twins();
void link_twins(std::span<const Twin> twins);

// In the table that the build makes of the files (core/pages/twin_table.cpp).
extern const std::span<const Twin> kShippedTwins;

// Their names, each between blanks, without a pointer: for what runs before libc (foresight.cpp).
extern const char kShippedNames[];

// The SHA-256 of a file's loadable segments, for `jailrun stages --verify`: no launch reads it.
struct TwinDigest {
  std::string_view stage;
  std::array<uint8_t, 32> segments;
};
extern const std::span<const TwinDigest> kShippedDigests;

}  // namespace jailrun::core
