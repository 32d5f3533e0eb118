// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <jailrun/result.hpp>

#include <string>
#include <utility>

namespace volume {

// This kernel, or this filesystem, has no such way to make a volume; another one may do.
inline jailrun::Error not_here(int error_number, std::string sentence) {
  return {JR_ERROR_UNSUPPORTED, error_number, std::move(sentence)};
}

}  // namespace volume
