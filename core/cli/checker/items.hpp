// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "jailrun/plan_text.hpp"

#include <vector>

namespace jailrun::core::cli::checker {

// The items of a descriptor's array, whose stride may be larger or smaller than this jailrun's type.
template <class T>
std::vector<T> items(const T* first, uint32_t count, uint32_t stride) {
  std::vector<T> all;
  for (uint32_t i = 0; i < count; ++i)
    all.push_back(plan_text::known(
        *reinterpret_cast<const T*>(reinterpret_cast<const char*>(first) + size_t{stride} * i), stride));
  return all;
}

}  // namespace jailrun::core::cli::checker
