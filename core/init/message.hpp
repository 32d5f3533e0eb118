// SPDX-License-Identifier: Apache-2.0
// What init tells the process that becomes the program, which waits for it.
#pragma once

#include <cstdint>

namespace jailrun::init {

// What it was doing.
enum class Step : int32_t { kDone, kDumpable, kNoNewPrivs, kCapabilities, kFilter };

struct Message {
  int32_t step;
  int32_t error_number;
};

}  // namespace jailrun::init
