// SPDX-License-Identifier: Apache-2.0
// The error by which one method of making a volume lets the next one try.
#pragma once

#include <jailrun/result.hpp>

#include <string>
#include <utility>

namespace volume {

// This kernel or this filesystem can't make a volume by this method; another method may work.
inline jailrun::Error not_here(int error_number, std::string sentence) {
  return {JR_ERROR_UNSUPPORTED, error_number, std::move(sentence)};
}

}  // namespace volume
